//! Structs and enums of the protocol, written as tables.

/// Structs with numbered fields. An `Option` is an optional field; every other one must come.
/// A field that is not in the table is passed over.
macro_rules! wire_struct {
    ($($(#[$about:meta])* $name:ident {
        $($(#[$field_about:meta])* $id:literal $field:ident: $type:ty,)*
    })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[allow(unreachable_pub, reason = "some are of one file alone")]
        #[allow(missing_docs, reason = "the fields' names are those of the servers' own description")]
        pub struct $name {
            $($(#[$field_about])* pub $field: $type,)*
        }

        impl $crate::pegasus::wire::ThriftType for $name {
            const KIND: $crate::thrift::Kind = $crate::thrift::Kind::Struct;

            fn write(&self, to: &mut Vec<u8>) {
                $($crate::pegasus::wire::Field::write_field(&self.$field, $id, to);)*
                to.push(0);
            }

            #[allow(unused_variables, reason = "a struct may have no field")]
            fn read(
                from: &mut $crate::pegasus::wire::Reader<'_>,
            ) -> Result<Self, $crate::pegasus::wire::CodecError> {
                $(let mut $field: Option<$type> = None;)*
                from.inside(|from| {
                    while let Some((kind, id)) = from.field()? {
                        match id {
                            $($id => {
                                let name = stringify!($field);
                                let read = $crate::pegasus::wire::Field::read_field(name, kind, from)?;
                                $field = Some(read);
                            })*
                            _ => from.skip(stringify!($name), kind, id)?,
                        }
                    }
                    Ok(())
                })?;
                Ok(Self { $($field: match $field {
                    Some(value) => value,
                    None => $crate::pegasus::wire::Field::absent(
                        stringify!($name), stringify!($field))?,
                },)* })
            }
        }
    )*};
}

/// Enums, which travel as numbers. A number that is not in the table is kept.
macro_rules! wire_enum {
    ($($(#[$about:meta])* $name:ident {
        $($(#[$value_about:meta])* $value:ident = $number:literal,)*
    })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_about])* $value,)*
            /// A number that this program does not know.
            Unknown(i32),
        }

        impl $name {
            /// Its number.
            pub fn number(self) -> i32 {
                match self {
                    $(Self::$value => $number,)*
                    Self::Unknown(number) => number,
                }
            }

            /// What a number stands for.
            pub fn of(number: i32) -> Self {
                match number {
                    $($number => Self::$value,)*
                    _ => Self::Unknown(number),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i32(self.number())
            }
        }

        impl $crate::pegasus::wire::ThriftType for $name {
            const KIND: $crate::thrift::Kind = $crate::thrift::Kind::I32;

            fn write(&self, to: &mut Vec<u8>) {
                self.number().write(to);
            }

            fn read(
                from: &mut $crate::pegasus::wire::Reader<'_>,
            ) -> Result<Self, $crate::pegasus::wire::CodecError> {
                i32::read(from).map(Self::of)
            }
        }
    )*};
}

pub(in crate::pegasus) use {wire_enum, wire_struct};
