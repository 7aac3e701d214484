//! FLOOR 2: THE REAL LOGIC, sans I/O. It does not know that it is simulated.

pub mod settings;

pub use settings::Settings;
