//! Parquet: the large tables by columns, as CSV has them; spans and shares are doubles, counts and bytes 64-bit integers.
//!
//! Every column may be empty. The file says in its key-value metadata where it comes from (`drsim.version`,
//! `drsim.scenario`, `drsim.scenario_hash`, `drsim.seed`, `drsim.replications`, `drsim.digest`) and what each column is
//! (`drsim.columns`: JSON with name, unit and label). Same table, same bytes. Compressed with Snappy, which every reader
//! knows. Source: the Apache Parquet format.

use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use serde::Serialize;

use crate::report::About;
use crate::report::tables::{Cell, Column, Kind, Table};

/// Rows written at a time: bounds what a reader must hold of one column.
const ROWS_PER_GROUP: usize = 1 << 17;

/// Writes the table.
pub fn render(table: &Table, about: &About) -> Vec<u8> {
    written(table, about).expect("a table in memory, whose cells are of the kind of their column, can be written")
}

fn written(table: &Table, about: &About) -> Result<Vec<u8>> {
    let fields = table.columns.iter().map(field).collect::<Result<Vec<_>>>()?;
    let schema = Arc::new(Type::group_type_builder(table.name).with_fields(fields).build()?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("drsim version {}", about.version))
        .set_key_value_metadata(Some(origin(table, about)))
        .build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    for first in (0..table.rows).step_by(ROWS_PER_GROUP) {
        let rows = first..table.rows.min(first + ROWS_PER_GROUP);
        let mut group = file.next_row_group()?;
        for column in &table.columns {
            let mut writer = group.next_column()?.expect("the schema has a field for every column");
            let cells = rows.clone().map(|row| column.cell(row));
            match column.kind {
                Kind::Text => put::<ByteArrayType>(&mut writer, cells, text)?,
                Kind::Count | Kind::Bytes => put::<Int64Type>(&mut writer, cells, whole)?,
                Kind::Seconds | Kind::Moment | Kind::Share | Kind::Level => {
                    put::<DoubleType>(&mut writer, cells, number)?
                }
            }
            writer.close()?;
        }
        group.close()?;
    }
    file.into_inner()
}

fn field(column: &Column) -> Result<Arc<Type>> {
    let (physical, converted, logical) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8, Some(LogicalType::String)),
        Kind::Count | Kind::Bytes => (Physical::INT64, ConvertedType::NONE, None),
        Kind::Seconds | Kind::Moment | Kind::Share | Kind::Level => (Physical::DOUBLE, ConvertedType::NONE, None),
    };
    let field = Type::primitive_type_builder(column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_converted_type(converted)
        .with_logical_type(logical);
    Ok(Arc::new(field.build()?))
}

/// Writes one column of a group: the values there are, and for each row whether there is one.
fn put<'a, T: DataType>(
    writer: &mut SerializedColumnWriter,
    cells: impl Iterator<Item = Cell<'a>>,
    value: impl Fn(Cell<'a>) -> Option<T::T>,
) -> Result<()> {
    let values: Vec<Option<T::T>> = cells.map(value).collect();
    let present: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    writer.typed::<T>().write_batch(&values, Some(&present), None)?;
    Ok(())
}

fn text(cell: Cell) -> Option<ByteArray> {
    match cell {
        Cell::Text(text) => Some(text.into_owned().into_bytes().into()),
        Cell::Empty | Cell::Whole(_) | Cell::Number(_) => None,
    }
}

/// Amounts beyond 2⁶³ bytes do not occur: the largest disk fleet we read has 2⁶².
fn whole(cell: Cell) -> Option<i64> {
    match cell {
        Cell::Whole(count) => Some(i64::try_from(count).unwrap_or(i64::MAX)),
        Cell::Empty | Cell::Text(_) | Cell::Number(_) => None,
    }
}

fn number(cell: Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(number),
        Cell::Whole(count) => Some(count as f64),
        Cell::Empty | Cell::Text(_) => None,
    }
}

#[derive(Serialize)]
struct Described {
    name: &'static str,
    unit: &'static str,
    label: &'static str,
}

fn origin(table: &Table, about: &About) -> Vec<KeyValue> {
    let columns = table.columns.iter();
    let columns: Vec<Described> =
        columns.map(|column| Described { name: column.name, unit: column.kind.unit(), label: column.label }).collect();
    let said = [
        ("drsim.table", table.title.to_owned()),
        ("drsim.version", about.version.clone()),
        ("drsim.scenario", about.scenario_file.clone()),
        ("drsim.scenario_hash", about.hash_hex.clone()),
        ("drsim.seed", about.seed.to_string()),
        ("drsim.replications", about.replications.to_string()),
        ("drsim.digest", about.digest_hex.clone()),
        ("drsim.columns", serde_json::to_string(&columns).expect("plain structs with text keys")),
    ];
    said.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;
    use crate::report::html::sample;
    use crate::report::tables;

    /// What a reader sees of a cell.
    fn as_field(cell: &Cell, kind: Kind) -> Field {
        match (cell, kind) {
            (Cell::Empty, _) => Field::Null,
            (Cell::Text(text), _) => Field::Str(text.to_string()),
            (Cell::Whole(count), Kind::Level) => Field::Double(*count as f64),
            (Cell::Whole(count), _) => Field::Long(i64::try_from(*count).expect("small")),
            (Cell::Number(number), _) => Field::Double(*number),
        }
    }

    #[test]
    fn a_reader_finds_every_cell_of_every_table_with_its_type_and_where_it_comes_from() {
        let findings = sample::findings(40);
        let about = sample::about();
        for table in tables::all(&findings, &about) {
            let bytes = render(&table, &about);
            assert_eq!(bytes, render(&table, &about), "same table, same bytes: {}", table.name);
            let file = SerializedFileReader::new(::bytes::Bytes::from(bytes)).expect("a Parquet file");
            let said = file.metadata().file_metadata().key_value_metadata().expect("metadata").clone();
            let value = |key: &str| said.iter().find(|own| own.key == key).and_then(|own| own.value.clone());
            assert_eq!(value("drsim.seed"), Some(about.seed.to_string()));
            assert_eq!(value("drsim.scenario_hash").as_deref(), Some(about.hash_hex.as_str()));
            let described = value("drsim.columns").expect("columns are described");
            assert_eq!(described.matches("\"name\"").count(), table.columns.len());
            let mut seen = 0;
            for (row, read) in file.get_row_iter(None).expect("rows").enumerate() {
                for ((name, field), column) in read.expect("a row").get_column_iter().zip(&table.columns) {
                    assert_eq!(name, column.name);
                    assert_eq!(*field, as_field(&column.cell(row), column.kind), "{}.{name} row {row}", table.name);
                }
                seen += 1;
            }
            assert_eq!(seen, table.rows, "{}", table.name);
        }
    }
}
