//! The public face of a crate as comparable lines: one per function, method, type, variant and trait item.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::{
    Field, Fields, FnArg, ImplItem, Item, ItemImpl, Pat, ReceiverKind, Signature, TraitItem, Type,
    Visibility,
};

/// The public items of a Rust file, bodies and private fields left out.
///
/// Fails with the parser's message and its line.
pub(super) fn of(source: &str) -> Result<BTreeSet<String>, (String, usize)> {
    let file =
        syn::parse_file(source).map_err(|error| (error.to_string(), error.span().start().line))?;
    let mut found = BTreeSet::new();
    for item in &file.items {
        collect(item, &mut found);
    }
    Ok(found)
}

fn collect(item: &Item, into: &mut BTreeSet<String>) {
    match item {
        Item::Fn(function) if is_public(&function.vis) => {
            into.insert(signature("", &function.sig));
        }
        Item::Struct(structure) if is_public(&structure.vis) => {
            let name = format!(
                "struct {}{}",
                structure.ident,
                parameters(&structure.generics)
            );
            for field in public_fields(&structure.fields) {
                into.insert(format!("{name}.{field}"));
            }
            into.insert(name);
        }
        Item::Enum(choice) if is_public(&choice.vis) => {
            let name = format!("enum {}{}", choice.ident, parameters(&choice.generics));
            for variant in &choice.variants {
                into.insert(format!(
                    "{name}::{}({})",
                    variant.ident,
                    named_types(&variant.fields).join(", ")
                ));
            }
            into.insert(name);
        }
        Item::Trait(contract) if is_public(&contract.vis) => {
            let name = format!("trait {}", contract.ident);
            for entry in &contract.items {
                if let TraitItem::Fn(function) = entry {
                    into.insert(signature(&format!("{name}::"), &function.sig));
                }
            }
            into.insert(name);
        }
        Item::Type(alias) if is_public(&alias.vis) => {
            into.insert(format!("type {} = {}", alias.ident, text(&alias.ty)));
        }
        Item::Const(constant) if is_public(&constant.vis) => {
            into.insert(format!("const {}: {}", constant.ident, text(&constant.ty)));
        }
        Item::Impl(block) => collect_impl(block, into),
        _ => {}
    }
}

/// Inherent methods by the type's name; of trait implementations only the fact.
fn collect_impl(block: &ItemImpl, into: &mut BTreeSet<String>) {
    let Type::Path(path) = block.self_ty.as_ref() else {
        return;
    };
    let Some(name) = path
        .path
        .segments
        .last()
        .map(|segment| segment.ident.to_string())
    else {
        return;
    };
    if block.trait_.is_some() {
        return;
    }
    for entry in &block.items {
        if let ImplItem::Fn(function) = entry
            && is_public(&function.vis)
        {
            into.insert(signature(&format!("{name}::"), &function.sig));
        }
    }
}

/// `name(types) -> type`, without the names that a body gives to its parameters.
fn signature(owner: &str, signature: &Signature) -> String {
    let inputs: Vec<String> = signature
        .inputs
        .iter()
        .map(|input| match input {
            FnArg::Receiver(receiver) => match &receiver.kind {
                ReceiverKind::Reference(_, _, Some(_)) => "&mut self".to_owned(),
                ReceiverKind::Reference(..) => "&self".to_owned(),
                ReceiverKind::Typed(_, kind) => format!("self: {}", text(kind)),
                _ => "self".to_owned(),
            },
            FnArg::Typed(typed) => match typed.pat.as_ref() {
                Pat::Ident(_) | Pat::Wild(_) | Pat::Tuple(_) => text(&typed.ty),
                other => format!("{}: {}", text(other), text(&typed.ty)),
            },
        })
        .collect();
    let constness = if signature.constness.is_some() {
        "const "
    } else {
        ""
    };
    let generics = parameters(&signature.generics);
    format!(
        "{constness}fn {owner}{}{generics}({}){}",
        signature.ident,
        inputs.join(", "),
        text(&signature.output)
    )
}

fn parameters(generics: &syn::Generics) -> String {
    let names: Vec<String> = generics
        .params
        .iter()
        .map(|parameter| match parameter {
            syn::GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_string(),
            syn::GenericParam::Type(kind) => kind.ident.to_string(),
            syn::GenericParam::Const(constant) => constant.ident.to_string(),
        })
        .collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("<{}>", names.join(", "))
    }
}

fn public_fields(fields: &Fields) -> Vec<String> {
    let public = fields.iter().filter(|field| is_public(&field.vis));
    public.map(named_type).collect()
}

fn named_types(fields: &Fields) -> Vec<String> {
    fields.iter().map(named_type).collect()
}

/// A field without its attributes, so that doc comments do not count.
fn named_type(field: &Field) -> String {
    let name = field
        .ident
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    format!("{name}: {}", text(&field.ty))
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: &str, right: &str) -> bool {
        of(left).unwrap() == of(right).unwrap()
    }

    #[test]
    fn bodies_private_fields_and_parameter_names_do_not_matter() {
        assert!(same(
            "pub struct A { x: u8 } impl A { pub fn f(&self, key: &str) -> u8 { let _ = key; todo!() } }",
            "pub struct A(u64); impl A { fn g() {} pub fn f(&self, k: &str) -> u8 { 3 } }",
        ));
    }

    #[test]
    fn a_changed_signature_variant_or_field_shows() {
        let base = "pub enum E { A, B(u8) } pub struct S { pub n: u8 } pub fn f(a: u8) -> u8 { a }";
        for changed in [
            "pub enum E { A, B(u16) } pub struct S { pub n: u8 } pub fn f(a: u8) -> u8 { a }",
            "pub enum E { A, B(u8) } pub struct S { n: u8 } pub fn f(a: u8) -> u8 { a }",
            "pub enum E { A, B(u8) } pub struct S { pub n: u8 } pub fn f(a: u8) -> u16 { 1 }",
            "pub enum E { A, B(u8) } pub struct S { pub n: u8 } fn f(a: u8) -> u8 { a }",
        ] {
            assert!(!same(base, changed), "{changed}");
        }
    }

    #[test]
    fn doc_comments_do_not_matter() {
        assert!(same(
            "pub enum E { B { /// Why.\n x: u8 } }",
            "pub enum E { /// What.\n B { x: u8 } }"
        ));
    }

    #[test]
    fn text_that_is_no_rust_is_told_with_its_line() {
        assert_eq!(of("fn f() {}\nfn (").unwrap_err().1, 2);
    }
}
