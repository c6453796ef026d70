//! One constant of each type whose equality the contract looks at.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, Fields, Generics, Item, ItemEnum, ItemStruct, Type};

use super::parameters::Concrete;

/// Types in types in types.
const DEPTH: usize = 4;

/// The starter's structs and enums.
#[derive(Debug)]
pub struct Values {
    structs: Vec<ItemStruct>,
    enums: Vec<ItemEnum>,
}

impl Values {
    /// Those of a starter.
    pub fn of(items: &[Item]) -> Values {
        let mut values = Values {
            structs: Vec::new(),
            enums: Vec::new(),
        };
        for item in items {
            match item {
                Item::Struct(record) => values.structs.push(record.clone()),
                Item::Enum(choice) => values.enums.push(choice.clone()),
                _ => {}
            }
        }
        values
    }

    /// A type's parameters, and the type with `u64` for them.
    pub fn type_of(&self, name: &Ident, generics: &Generics) -> (Concrete, Type) {
        let mut concrete = Concrete::default();
        concrete.take(generics);
        let (_, arguments, _) = generics.split_for_impl();
        let ty = concrete.of(syn::parse_quote!(#name #arguments));
        (concrete, ty)
    }

    /// A constant of a struct; none unless all fields are public and have one.
    pub fn of_struct(&self, record: &ItemStruct, depth: usize) -> Option<TokenStream> {
        let public = |field: &syn::Field| super::is_public(&field.vis);
        if !record.fields.iter().all(public) {
            return None;
        }
        let (concrete, _) = self.type_of(&record.ident, &record.generics);
        let name = &record.ident;
        self.fields(&concrete, &record.fields, depth)
            .map(|fields| quote!(#name #fields))
    }

    /// A constant of the first variant that has one.
    pub fn of_enum(&self, choice: &ItemEnum, depth: usize) -> Option<TokenStream> {
        let (concrete, _) = self.type_of(&choice.ident, &choice.generics);
        let name = &choice.ident;
        choice.variants.iter().find_map(|variant| {
            let own = &variant.ident;
            let fields = self.fields(&concrete, &variant.fields, depth)?;
            Some(quote!(#name::#own #fields))
        })
    }

    fn fields(&self, concrete: &Concrete, fields: &Fields, depth: usize) -> Option<TokenStream> {
        let values: Vec<TokenStream> = fields
            .iter()
            .map(|field| self.value(&concrete.of(field.ty.clone()), depth))
            .collect::<Option<_>>()?;
        Some(match fields {
            Fields::Unit => TokenStream::new(),
            Fields::Unnamed(_) => quote!((#(#values),*)),
            Fields::Named(fields) => {
                let names = fields.named.iter().map(|field| &field.ident);
                quote!({ #(#names: #values),* })
            }
        })
    }

    fn value(&self, ty: &Type, depth: usize) -> Option<TokenStream> {
        let Type::Path(path) = ty else {
            return None;
        };
        let name = &path.path.segments.last()?.ident;
        match name.to_string().as_str() {
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64"
            | "i128" | "isize" => Some(quote!(0)),
            "bool" => Some(quote!(false)),
            "char" => Some(quote!('a')),
            "Duration" => Some(quote!(::std::time::Duration::ZERO)),
            "Option" => Some(quote!(::std::option::Option::None)),
            _ if depth >= DEPTH => None,
            _ => {
                let record = self.structs.iter().find(|record| record.ident == *name);
                let choice = self.enums.iter().find(|choice| choice.ident == *name);
                record
                    .and_then(|record| self.of_struct(record, depth + 1))
                    .or_else(|| choice.and_then(|choice| self.of_enum(choice, depth + 1)))
            }
        }
    }
}

/// Whether `PartialEq` is among the derives.
pub fn derives_equality(attributes: &[Attribute]) -> bool {
    let mut found = false;
    for attribute in attributes {
        if attribute.path().is_ident("derive") {
            // A derive that cannot be read is the starter's own error, which the compiler tells.
            let _ = attribute.parse_nested_meta(|meta| {
                found |= meta.path.is_ident("PartialEq");
                Ok(())
            });
        }
    }
    found
}
