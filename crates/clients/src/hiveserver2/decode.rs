//! Columns of the wire to rows: `TRowSet`.

use super::rows::{Cell, Row};
use crate::thrift::{Struct, Value};

/// Turns the columns of one answer into rows; the text says what is wrong with them.
pub(super) fn rows(mut set: Struct) -> Result<Vec<Row>, &'static str> {
    let columns = match set.take(3).and_then(Value::into_items) {
        Some(columns) => columns,
        None if set.bytes(4).is_some_and(|bytes| !bytes.is_empty()) => {
            return Err(
                "rows are encoded by tasks: set hive.server2.thrift.resultset.serialize.in.tasks=false",
            );
        }
        None => return Ok(Vec::new()),
    };
    let mut cells = Vec::with_capacity(columns.len());
    for column in columns {
        let column = column.into_struct().ok_or("a column is no struct")?;
        cells.push(self::cells(column)?.into_iter());
    }
    let count = cells.first().map_or(0, ExactSizeIterator::len);
    if cells.iter().any(|column| column.len() != count) {
        return Err("its columns differ in length");
    }
    let row = |_| Row::new(cells.iter_mut().filter_map(Iterator::next).collect());
    Ok((0..count).map(row).collect())
}

/// The texts of the first column: a log.
pub(super) fn texts(set: Struct) -> Vec<String> {
    let rows = rows(set).unwrap_or_default();
    rows.iter().map(|row| row.text(0).unwrap_or_default()).collect()
}

/// Reads a `TColumn`: one field, whose number is the type.
fn cells(mut column: Struct) -> Result<Vec<Cell>, &'static str> {
    let (kind, value) = column.fields.pop().ok_or("a column has no values")?;
    let mut value = value.into_struct().ok_or("a column has no values")?;
    let nulls = match value.take(2) {
        Some(Value::Bytes(nulls)) => nulls,
        _ => return Err("a column does not say which values are null"),
    };
    let values = value.take(1).and_then(Value::into_items).ok_or("a column has no values")?;
    let cell = |(at, value)| match is_null(&nulls, at) {
        true => Ok(Cell::Null),
        false => cell(kind, value),
    };
    values.into_iter().enumerate().map(cell).collect()
}

/// The lowest bit of the first byte is the first value's. Bytes at the end that have no bit
/// set are left out.
fn is_null(nulls: &[u8], at: usize) -> bool {
    nulls.get(at / 8).is_some_and(|byte| byte & (1 << (at % 8)) != 0)
}

fn cell(kind: i16, value: Value) -> Result<Cell, &'static str> {
    match (kind, value) {
        (1, Value::Bool(value)) => Ok(Cell::Bool(value)),
        (2, Value::I8(value)) => Ok(Cell::I8(value)),
        (3, Value::I16(value)) => Ok(Cell::I16(value)),
        (4, Value::I32(value)) => Ok(Cell::I32(value)),
        (5, Value::I64(value)) => Ok(Cell::I64(value)),
        (6, Value::F64(value)) => Ok(Cell::F64(value)),
        (7, Value::Bytes(value)) => Ok(Cell::Text(value)),
        (8, Value::Bytes(value)) => Ok(Cell::Binary(value)),
        _ => Err("a value is not of its column's type"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: i16, values: Value, nulls: &[u8]) -> Struct {
        Struct::new()
            .with(kind, Struct::new().with(1, values).with(2, Value::Bytes(nulls.to_vec())))
    }

    fn set(columns: impl IntoIterator<Item = Struct>) -> Struct {
        Struct::new().with(3, Value::structs(columns))
    }

    #[test]
    fn a_bitmap_tells_nulls_and_may_be_short() {
        let numbers = column(4, Value::numbers(0..10), &[0b1000_0001, 0b10]);
        let texts = column(7, Value::strings((0..10).map(|n| n.to_string())), &[]);
        let rows = rows(set([numbers, texts])).expect("rows");
        let nulls: Vec<_> = (0..10).filter(|at| rows[*at].cells()[0] == Cell::Null).collect();
        assert_eq!(nulls, [0, 7, 9]);
        assert_eq!(rows[8].cells()[0], Cell::I32(8));
        assert_eq!(rows[9].text(1).as_deref(), Some("9"));
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let short = column(4, Value::numbers(0..1), &[]);
        let long = column(4, Value::numbers(0..2), &[]);
        assert!(rows(set([short, long])).is_err(), "lengths");
        assert!(rows(set([column(1, Value::numbers(0..2), &[])])).is_err(), "types");
        assert!(rows(set([Struct::new()])).is_err(), "no values");
        let packed = Struct::new().with(4, Value::Bytes(vec![1]));
        assert!(rows(packed).expect_err("packed").contains("serialize.in.tasks"));
        assert_eq!(rows(Struct::new()), Ok(Vec::new()));
    }
}
