//! Rules about Rust code, seen through its syntax tree: who names whom, long functions, names, unwrap.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::complaint::Complaint;
use super::names;
use super::tables::House;

const LONGEST_FUNCTION: usize = 60;
/// The simulator's model must not learn from what it judges.
const MODEL: &str = "tests/sim/model.rs";
const JUDGED: &[&str] = &["domain", "engine", "store"];

/// What the rules about code say.
pub fn complaints(house: &House, path: &str, text: &str) -> Vec<Complaint> {
    let file = match syn::parse_file(text) {
        Ok(file) => file,
        Err(error) => return vec![Complaint::new(path, error.span().start().line, error.to_string())],
    };
    let mut reader = Reader::new(house, path);
    for item in &file.items {
        if let syn::Item::Use(item) = item {
            imports(&item.tree, false, &mut reader.imported);
        }
    }
    reader.visit_file(&file);
    reader.complaints
}

/// The names that a `use` of more than one name brings in.
fn imports(tree: &syn::UseTree, is_inner: bool, names: &mut BTreeSet<String>) {
    match tree {
        syn::UseTree::Path(path) => imports(&path.tree, true, names),
        syn::UseTree::Name(name) if is_inner => drop(names.insert(name.ident.to_string())),
        syn::UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| imports(item, is_inner, names)),
        syn::UseTree::Name(_) | syn::UseTree::Glob(_) => {}
    }
}

struct Reader<'h> {
    house: &'h House,
    path: &'h str,
    /// The module that is being read, from the root of the crate.
    module: Vec<String>,
    /// Names that the file's `use` brings in: `use html2text::config` makes `config::…` html2text's.
    imported: BTreeSet<String>,
    /// Above zero inside of tests.
    tests: usize,
    complaints: Vec<Complaint>,
}

impl<'h> Reader<'h> {
    fn new(house: &'h House, path: &'h str) -> Self {
        let inner = path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")).unwrap_or("");
        let module = inner.split('/').filter(|part| !matches!(*part, "" | "mod" | "lib")).map(str::to_owned);
        let is_test = !path.starts_with("src/") || inner.ends_with("/tests") || inner.contains("/tests/");
        let (module, tests) = (module.collect(), usize::from(is_test));
        Self { house, path, module, imported: BTreeSet::new(), tests, complaints: Vec::new() }
    }

    fn room(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    fn complain(&mut self, span: Span, text: String) {
        self.complaints.push(Complaint::new(self.path, span.start().line, text));
    }

    /// A path of at least two names, as written.
    fn named(&mut self, names: &[String], span: Span) {
        let supers = names.iter().take_while(|name| *name == "super").count();
        let target = match names[0].as_str() {
            "crate" | "yorisoi" => names.get(1),
            "super" if supers >= self.module.len() => names.get(supers),
            "super" | "self" => return,
            outside => return self.outside(&outside.to_owned(), span),
        };
        let Some(target) = target.cloned() else { return };
        if self.path == MODEL && JUDGED.contains(&target.as_str()) {
            self.complain(span, format!("the model may not name `{target}`, which it judges"));
        }
        if !self.path.starts_with("src/") || self.room().is_empty() || target == self.room() {
            return;
        }
        let may_use = self.house.rooms.get(self.room());
        // `main` calls the library by name; only modules are rooms
        if !self.house.rooms.contains_key(&target) {
            self.complain(span, format!("`{target}` is no room of ARCHITECTURE.md"));
        } else if !may_use.is_some_and(|rooms| rooms.contains(&target)) {
            self.complain(span, format!("`{}` may not use `{target}` (ARCHITECTURE.md, Rooms)", self.room()));
        }
    }

    fn outside(&mut self, name: &String, span: Span) {
        let is_ours = self.path.starts_with("src/") && self.house.dependencies.contains(name);
        if !is_ours || self.house.anywhere.contains(name) || self.imported.contains(name) {
            return;
        }
        let here = format!("{}::", self.module.join("::"));
        let homes = self.house.homes.get(name);
        if !homes.is_some_and(|homes| homes.iter().any(|home| here.starts_with(&format!("{home}::")))) {
            let at_home = homes.map(|homes| homes.iter().cloned().collect::<Vec<_>>().join(", "));
            let at_home = at_home.unwrap_or_else(|| "nowhere".to_owned());
            self.complain(span, format!("`{name}` is not at home here, but in: {at_home}"));
        }
    }

    fn use_tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.use_tree(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) => self.named(&with(&name.ident), name.ident.span()),
            syn::UseTree::Rename(rename) => self.named(&with(&rename.ident), rename.ident.span()),
            syn::UseTree::Glob(glob) if !before.is_empty() => self.named(before, glob.span()),
            syn::UseTree::Glob(_) => {}
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.use_tree(item, before)),
        }
    }

    /// What stands inside a macro or an attribute, where there is no tree to walk.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, c: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == c);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut names = vec![first.to_string()];
                    let is_method = at > 0 && is(at - 1, '.') && !(at > 1 && is(at - 2, '.'));
                    while let (true, true, Some(TokenTree::Ident(next))) =
                        (is(at + 1, ':'), is(at + 2, ':'), tokens.get(at + 3))
                    {
                        names.push(next.to_string());
                        at += 3;
                    }
                    if names.len() > 1 {
                        self.named(&names, first.span());
                    } else if let (true, Some(TokenTree::Group(group))) = (is_method, tokens.get(at + 1)) {
                        let said = group.stream().to_string();
                        self.called(&names[0], said.is_empty() || said.starts_with('"'), first.span());
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// A method of one of the names that panic, with nothing or a sentence as its argument: `talk.expect(220)` is
    /// somebody's own. (Clippy, which knows types, forbids the rest.)
    fn called(&mut self, method: &str, is_plain: bool, span: Span) {
        let panics = matches!(method, "unwrap" | "expect" | "unwrap_err" | "expect_err");
        if panics && is_plain && self.tests == 0 {
            self.complain(span, format!("`{method}` outside of tests"));
        }
    }

    fn defined(&mut self, ident: &syn::Ident) {
        if self.tests > 0 {
            return;
        }
        let name = ident.to_string();
        let found = names::misused(self.house, self.room(), &name).map(|rule| (&rule.pattern, &rule.instead));
        if let Some((pattern, instead)) = found {
            let text = format!("`{name}`: not {pattern}; the word is {instead} (ARCHITECTURE.md, Words)");
            self.complain(ident.span(), text);
        }
    }

    /// A function: its attributes, its name, its length; then what is inside.
    fn function(
        &mut self,
        attrs: &[syn::Attribute],
        sig: &syn::Signature,
        end: Span,
        inside: impl FnOnce(&mut Self),
    ) {
        let is_attribute = |name: &str| attrs.iter().any(|attr| last_name(attr.path()) == name);
        if is_attribute("ignore") {
            self.complain(sig.ident.span(), "an ignored test shows nothing".to_owned());
        }
        let is_test = usize::from(is_attribute("test"));
        self.tests += is_test;
        self.defined(&sig.ident);
        let lines = end.end().line + 1 - sig.span().start().line;
        if lines > LONGEST_FUNCTION {
            let text = format!("`{}` has {lines} lines; {LONGEST_FUNCTION} at most", sig.ident);
            self.complain(sig.ident.span(), text);
        }
        inside(self);
        self.tests -= is_test;
    }
}

fn last_name(path: &syn::Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

fn is_for_tests(attrs: &[syn::Attribute]) -> bool {
    let is_cfg_test = |attr: &syn::Attribute| match &attr.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    };
    attrs.iter().any(is_cfg_test)
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.defined(&item.ident);
        if self.path == "src/lib.rs" && !self.house.rooms.contains_key(&item.ident.to_string()) {
            self.complain(item.ident.span(), format!("`{}` is no room of ARCHITECTURE.md", item.ident));
        }
        let is_test = usize::from(is_for_tests(&item.attrs));
        self.tests += is_test;
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
        self.tests -= is_test;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.named(&names, path.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.tokens(list.tokens.clone());
        visit::visit_meta_list(self, list);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let is_text = |arg: &syn::Expr| match arg {
            syn::Expr::Lit(literal) => matches!(literal.lit, syn::Lit::Str(_)),
            _ => false,
        };
        self.called(&call.method.to_string(), call.args.iter().all(is_text), call.method.span());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let inside = |reader: &mut Self| visit::visit_item_fn(reader, item);
        self.function(&item.attrs, &item.sig, item.block.span(), inside);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let inside = |reader: &mut Self| visit::visit_impl_item_fn(reader, item);
        self.function(&item.attrs, &item.sig, item.block.span(), inside);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        let inside = |reader: &mut Self| visit::visit_trait_item_fn(reader, item);
        self.function(&item.attrs, &item.sig, item.span(), inside);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.defined(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.defined(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.defined(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.defined(&item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.defined(&item.ident);
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.defined(&item.ident);
        visit::visit_item_static(self, item);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.defined(&variant.ident);
        visit::visit_variant(self, variant);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        field.ident.iter().for_each(|ident| self.defined(ident));
        visit::visit_field(self, field);
    }
}
