//! What the starter promises, as code that only compiles if the submission keeps the promise.
//!
//! A suite compares what the candidate's functions return. Were `get` to return a type of the candidate's own whose `==` always
//! says yes, every comparison would hold. So each public item of the starter becomes one function that uses it and says all types:
//! wrappers around functions, readers of public fields and variants. A type that derives `PartialEq` in the starter is used in a
//! constant pattern, which the compiler allows for derived equality only. Nothing of it is ever run.
//!
//! Type parameters become `u64` where any type would do, so that a design that asks more of its parameters is not turned away.

mod parameters;
mod values;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{
    Fields, FnArg, ImplItem, Item, ItemEnum, ItemImpl, ItemStruct, ReceiverKind, ReturnType,
    Signature, Type, Visibility,
};

use self::parameters::{Concrete, OwnLifetime};
use self::values::Values;
use crate::domain::problem::Problem;
use crate::domain::verdict::Diagnostic;

/// The contracts of a problem with their files in `hidden/`: what its starter promises, and what the stub of the follow-up adds.
#[derive(Debug, Clone)]
pub struct Contracts([(String, Contract); 2]);

impl Contracts {
    /// Those of a problem, for a submission that suites know under this name.
    pub fn of(problem: &Problem, crate_name: &str) -> Contracts {
        let (starter, stub) = (&problem.starter, &problem.followup_stub);
        let file = |part: &str| format!("contracts/{crate_name}{part}.rs");
        Contracts([
            (file(""), Contract::of(starter, None, crate_name)),
            (
                file("_followup"),
                Contract::of(starter, Some(stub), crate_name),
            ),
        ])
    }

    /// Each file with its text.
    pub fn files(&self) -> impl Iterator<Item = (&str, String)> {
        self.0
            .iter()
            .map(|(file, contract)| (file.as_str(), contract.text()))
    }

    /// The lines that make them part of a program of suites. The stub's part counts only where the follow-up is judged.
    pub fn modules(&self, with_stub: bool) -> String {
        let names = ["contract", "followup_contract"];
        let files = self.0.iter().zip(names).take(1 + usize::from(with_stub));
        files
            .map(|((file, _), name)| format!("#[path = \"{file}\"]\nmod {name};\n"))
            .collect()
    }

    /// Which promise an error is about; none if it is about something else.
    pub fn broken_by(&self, error: &Diagnostic) -> Option<&str> {
        let file = error.file.as_deref()?;
        let (_, contract) = self.0.iter().find(|(own, _)| own == file)?;
        contract.item_at(error.line?)
    }
}

/// A module of functions that use each public item as the starter has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contract {
    imports: String,
    /// The item's name and its function, each on a line.
    items: Vec<(String, String)>,
}

impl Contract {
    /// The contract of a starter, or of the stub `added` to it. Empty for a text that is no Rust.
    pub fn of(starter: &str, added: Option<&str>, crate_name: &str) -> Contract {
        let parse = |text: &str| syn::parse_file(text).map(|file| file.items);
        let (Ok(mut known), Ok(added)) = (parse(starter), added.map(parse).transpose()) else {
            return Contract::default();
        };
        let promised = match added {
            Some(added) => {
                known.extend(added.clone());
                added
            }
            None => known.clone(),
        };
        let values = Values::of(&known);
        let mut contract = Contract {
            imports: imports(&known, crate_name),
            items: Vec::new(),
        };
        for item in &promised {
            contract.take(item, &values);
        }
        contract
    }

    /// The module's text: imports on line 1, then an item on each line.
    pub fn text(&self) -> String {
        let functions = self.items.iter().map(|(_, function)| function.as_str());
        std::iter::once(self.imports.as_str())
            .chain(functions)
            .flat_map(|line| [line, "\n"])
            .collect()
    }

    /// The item whose function is on this line, counted from 1.
    pub fn item_at(&self, line: u32) -> Option<&str> {
        let at = usize::try_from(line).ok()?.checked_sub(2)?;
        self.items.get(at).map(|(name, _)| name.as_str())
    }

    fn add(&mut self, name: String, function: impl FnOnce(&proc_macro2::Ident) -> TokenStream) {
        let ident = format_ident!("item_{}", self.items.len());
        // Line breaks inside of literals are the only ones that tokens have; the starter's public types hold none.
        let line = function(&ident).to_string().replace('\n', " ");
        self.items.push((name, line));
    }

    fn take(&mut self, item: &Item, values: &Values) {
        match item {
            Item::Fn(function) if is_public(&function.vis) => {
                self.add_function(None, &function.sig);
            }
            Item::Impl(block) => self.add_methods(block),
            Item::Struct(record) if is_public(&record.vis) => self.add_struct(record, values),
            Item::Enum(choice) if is_public(&choice.vis) => self.add_enum(choice, values),
            Item::Const(constant) if is_public(&constant.vis) => {
                let (name, ty) = (constant.ident.clone(), constant.ty.clone());
                self.add(
                    name.to_string(),
                    |ident| quote!(pub fn #ident() { const VALUE: #ty = #name; }),
                );
            }
            _ => {}
        }
    }

    fn add_methods(&mut self, block: &ItemImpl) {
        if block.trait_.is_some() {
            return;
        }
        for entry in &block.items {
            if let ImplItem::Fn(method) = entry
                && is_public(&method.vis)
            {
                self.add_function(Some(block), &method.sig);
            }
        }
    }

    /// A wrapper with the same signature around a function, or a method of `block`.
    fn add_function(&mut self, block: Option<&ItemImpl>, signature: &Signature) {
        let mut concrete = Concrete::default();
        if let Some(block) = block {
            concrete.take(&block.generics);
            concrete.owner = Some((*block.self_ty).clone());
        }
        concrete.take(&signature.generics);
        let owner = concrete.owner.clone().map(|owner| concrete.of(owner));
        concrete.owner.clone_from(&owner);
        let mut lifetime = OwnLifetime::default();
        let mut inputs = Vec::new();
        let mut passed = Vec::new();
        for (at, input) in signature.inputs.iter().enumerate() {
            let name = format_ident!("a{at}");
            let ty = match (input, &owner) {
                (FnArg::Typed(typed), _) => concrete.of((*typed.ty).clone()),
                (FnArg::Receiver(receiver), Some(owner)) => match &receiver.kind {
                    ReceiverKind::Reference(_, own, mutable) => {
                        let lifetime = lifetime.of(own.clone());
                        syn::parse_quote!(& #lifetime #mutable #owner)
                    }
                    ReceiverKind::Typed(_, ty) => concrete.of((**ty).clone()),
                    _ => owner.clone(),
                },
                (FnArg::Receiver(_), None) => return,
            };
            inputs.push(quote!(#name: #ty));
            passed.push(name);
        }
        let mut output: Type = match &signature.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) => concrete.of((**ty).clone()),
        };
        if lifetime.used {
            lifetime.visit_type_mut(&mut output);
        }
        let generics = concrete.generics(lifetime.used);
        let bounds = concrete.bounds();
        let function = &signature.ident;
        let (name, call) = match &owner {
            Some(owner) => (
                format!("{}::{function}", name_of(owner)),
                quote!(<#owner>::#function),
            ),
            None => (function.to_string(), quote!(#function)),
        };
        self.add(name, |ident| {
            quote!(pub fn #ident #generics (#(#inputs),*) -> #output #bounds { #call(#(#passed),*) })
        });
    }

    fn add_struct(&mut self, record: &ItemStruct, values: &Values) {
        let (concrete, ty) = values.type_of(&record.ident, &record.generics);
        let (generics, bounds) = (concrete.generics(false), concrete.bounds());
        for (at, field) in record.fields.iter().enumerate() {
            if !is_public(&field.vis) {
                continue;
            }
            let member = member(field, at);
            let kind = concrete.of(field.ty.clone());
            // Bound to a name first, so that nothing is turned into something else on the way.
            let name = format!("{}::{}", record.ident, member.to_token_stream());
            self.add(name, |ident| {
                quote!(pub fn #ident #generics (all: &#ty) #bounds { let found = Some(&all.#member); let _: Option<&#kind> = found; })
            });
        }
        if values::derives_equality(&record.attrs) {
            self.add_equality(&record.ident, &ty, values.of_struct(record, 0));
        }
    }

    fn add_enum(&mut self, choice: &ItemEnum, values: &Values) {
        let (concrete, ty) = values.type_of(&choice.ident, &choice.generics);
        let (generics, bounds) = (concrete.generics(false), concrete.bounds());
        let owner = &choice.ident;
        for variant in &choice.variants {
            let names: Vec<_> = (0..variant.fields.len())
                .map(|at| format_ident!("a{at}"))
                .collect();
            let kinds: Vec<_> = variant
                .fields
                .iter()
                .map(|field| concrete.of(field.ty.clone()))
                .collect();
            let own = &variant.ident;
            let pattern = match &variant.fields {
                Fields::Unit => quote!(#owner::#own),
                Fields::Unnamed(_) => quote!(#owner::#own(#(#names),*)),
                Fields::Named(fields) => {
                    let members = fields.named.iter().map(|field| &field.ident);
                    quote!(#owner::#own { #(#members: #names),* })
                }
            };
            self.add(format!("{owner}::{own}"), |ident| {
                quote!(pub fn #ident #generics (all: &#ty) #bounds {
                    let found = match all { #pattern => Some((#(#names,)*)), _ => None };
                    let _: Option<(#(&#kinds,)*)> = found;
                })
            });
        }
        if values::derives_equality(&choice.attrs) {
            self.add_equality(&choice.ident, &ty, values.of_enum(choice, 0));
        }
    }

    /// Only derived equality may stand in a pattern. Left out where no constant of the type can be written.
    fn add_equality(&mut self, name: &proc_macro2::Ident, ty: &Type, value: Option<TokenStream>) {
        if let Some(value) = value {
            self.add(format!("the derived equality of {name}"), |ident| {
                quote!(pub fn #ident(all: &#ty) -> bool { const ONE: #ty = #value; match *all { ONE => true, _ => false } })
            });
        }
    }
}

/// The starter's own imports, and its public items out of the submission. By name: a glob would let the candidate say what
/// `Option` is.
fn imports(items: &[Item], crate_name: &str) -> String {
    let uses = items.iter().filter_map(|item| match item {
        Item::Use(import) => Some(import.to_token_stream()),
        _ => None,
    });
    let names: Vec<_> = items
        .iter()
        .filter_map(|item| match item {
            Item::Fn(item) if is_public(&item.vis) => Some(&item.sig.ident),
            Item::Struct(item) if is_public(&item.vis) => Some(&item.ident),
            Item::Enum(item) if is_public(&item.vis) => Some(&item.ident),
            Item::Trait(item) if is_public(&item.vis) => Some(&item.ident),
            Item::Type(item) if is_public(&item.vis) => Some(&item.ident),
            Item::Const(item) if is_public(&item.vis) => Some(&item.ident),
            _ => None,
        })
        .collect();
    let submission = format_ident!("{crate_name}");
    quote!(#(#uses)* use ::#submission::{#(#names),*};)
        .to_string()
        .replace('\n', " ")
}

fn member(field: &syn::Field, at: usize) -> syn::Member {
    match &field.ident {
        Some(name) => syn::Member::Named(name.clone()),
        None => syn::Member::from(at),
    }
}

fn name_of(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string())
            .unwrap_or_default(),
        other => other.to_token_stream().to_string(),
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTER: &str = "use std::time::Duration;
        #[derive(Debug, PartialEq)] pub enum Refusal<T> { Later(Duration), Back { item: T } }
        pub struct Loan<'a, C: Connector> { pool: &'a C }
        pub trait Connector { type Conn; }
        pub struct Pool<K, C: Connector> { pub size: usize, k: K, c: C }
        impl<K: Clone, C: Connector> Pool<K, C> {
            pub fn get(&self, key: &str) -> Result<Loan<'_, C>, Refusal<K>> { todo!() }
            fn own(&self) {}
        }";

    #[test]
    fn each_public_item_is_used_with_all_its_types() {
        let contract = Contract::of(STARTER, None, "loans");
        let names: Vec<_> = contract
            .items
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "Refusal::Later",
                "Refusal::Back",
                "the derived equality of Refusal",
                "Pool::size",
                "Pool::get"
            ]
        );
        let text = contract.text();
        assert_eq!(text.lines().count(), names.len() + 1);
        syn::parse_file(&text).expect("it is Rust");
        let get = text.lines().last().unwrap_or_default();
        assert!(get.contains("Refusal < u64 >"), "{get}");
        assert!(get.contains("Loan < 'contract , C >"), "{get}");
        assert_eq!(contract.item_at(6), Some("Pool::get"));
        assert_eq!(contract.item_at(1), None);
    }

    #[test]
    fn a_stub_is_read_with_the_starter_it_is_added_to() {
        let stub = "impl<K: Clone, C: Connector> Pool<K, C> { pub fn size(&self) -> usize { 0 } }";
        let contract = Contract::of(STARTER, Some(stub), "loans");
        assert_eq!(contract.items.len(), 1);
        assert!(contract.text().contains("use :: loans :: { Refusal"));
        assert_eq!(Contract::of("fn f( {", None, "loans"), Contract::default());
    }
}
