//! The estate through the world's face: what each effect does to machines, disks, slots and quotas, what stops it, and
//! what outages leave behind. Times are fixed laws, so that moments can be worked by hand.

mod limits;
mod outages;
mod stage;
mod way_back;
