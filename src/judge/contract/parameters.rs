//! Type parameters and lifetimes of a starter's items, as the contract writes them.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericParam, Generics, Lifetime, Type, TypeParamBound, WherePredicate};

/// Bounds that `u64` meets.
const PLAIN: [&str; 14] = [
    "Send",
    "Sync",
    "Clone",
    "Copy",
    "Hash",
    "Eq",
    "PartialEq",
    "Ord",
    "PartialOrd",
    "Debug",
    "Display",
    "Default",
    "Unpin",
    "Sized",
];

/// Puts `u64` in place of type parameters, and a type in place of `Self`; keeps the parameters that need a type of their own.
#[derive(Debug, Clone, Default)]
pub struct Concrete {
    replaced: BTreeSet<String>,
    kept: Vec<GenericParam>,
    wheres: Vec<WherePredicate>,
    /// What `Self` is.
    pub owner: Option<Type>,
}

impl Concrete {
    /// Decides about the parameters of an item.
    pub fn take(&mut self, generics: &Generics) {
        let wheres: Vec<WherePredicate> = generics
            .where_clause
            .iter()
            .flat_map(|clause| clause.predicates.iter().cloned())
            .collect();
        let demanding = |name: &str| {
            wheres.iter().any(|predicate| match predicate {
                WherePredicate::Type(bound) => {
                    is_parameter(&bound.bounded_ty, name) && !bound.bounds.iter().all(is_plain)
                }
                _ => false,
            })
        };
        for parameter in &generics.params {
            match parameter {
                GenericParam::Type(ty)
                    if ty.bounds.iter().all(is_plain) && !demanding(&ty.ident.to_string()) =>
                {
                    self.replaced.insert(ty.ident.to_string());
                }
                GenericParam::Type(ty) => {
                    let mut ty = ty.clone();
                    ty.default = None;
                    // Only ever easier to meet: whatever a design asks for beyond the starter is there.
                    ty.bounds.push(syn::parse_quote!(Send));
                    ty.bounds.push(syn::parse_quote!(Sync));
                    ty.bounds.push(syn::parse_quote!('static));
                    self.kept.push(GenericParam::Type(ty));
                }
                other => self.kept.push(other.clone()),
            }
        }
        self.wheres.extend(wheres);
    }

    /// The type with everything put in place.
    pub fn of(&self, mut ty: Type) -> Type {
        Replace(self).visit_type_mut(&mut ty);
        ty
    }

    /// `<…>` of a function, with the contract's own lifetime if it is used.
    pub fn generics(&self, own_lifetime: bool) -> TokenStream {
        let own = own_lifetime.then(|| quote!('contract,));
        let (lifetimes, others): (Vec<_>, Vec<_>) = self
            .kept
            .iter()
            .partition(|parameter| matches!(parameter, GenericParam::Lifetime(_)));
        quote!(<#own #(#lifetimes,)* #(#others),*>)
    }

    /// The `where` of a function.
    pub fn bounds(&self) -> TokenStream {
        let wheres = self.wheres.iter().cloned().map(|mut predicate| {
            Replace(self).visit_where_predicate_mut(&mut predicate);
            predicate
        });
        quote!(where #(#wheres),*)
    }
}

fn is_plain(bound: &TypeParamBound) -> bool {
    match bound {
        TypeParamBound::Trait(bound) => bound
            .path
            .segments
            .last()
            .is_some_and(|last| PLAIN.iter().any(|plain| last.ident == plain)),
        TypeParamBound::Lifetime(_) => true,
        _ => false,
    }
}

fn is_parameter(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.qself.is_none() && path.path.is_ident(name))
}

struct Replace<'a>(&'a Concrete);

impl VisitMut for Replace<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::Path(path) = ty
            && path.qself.is_none()
            && let Some(name) = path.path.get_ident()
        {
            if self.0.replaced.contains(&name.to_string()) {
                *ty = syn::parse_quote!(u64);
                return;
            }
            if name == "Self"
                && let Some(owner) = &self.0.owner
            {
                *ty = owner.clone();
                return;
            }
        }
        visit_mut::visit_type_mut(self, ty);
    }
}

/// The lifetime that is left out in a method stands for that of `self`; in a function it has to be written.
#[derive(Debug, Default)]
pub struct OwnLifetime {
    /// Whether `self` is borrowed without a lifetime of its own.
    pub used: bool,
}

impl OwnLifetime {
    /// The lifetime of `&self`.
    pub fn of(&mut self, written: Option<Lifetime>) -> Lifetime {
        match written.filter(|lifetime| lifetime.ident != "_") {
            Some(written) => written,
            None => {
                self.used = true;
                syn::parse_quote!('contract)
            }
        }
    }
}

impl VisitMut for OwnLifetime {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = syn::parse_quote!('contract);
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(syn::parse_quote!('contract));
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }
}
