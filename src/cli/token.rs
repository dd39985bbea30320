//! `smart-camp token`: a new token, and the lines of the settings that let it in.

use super::{Failure, say};
use crate::api::auth::{hash, new_token};
use crate::settings::Role;
use clap::Args;

/// Arguments of `token`.
#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    /// Whose it is; stands in the record of actions.
    #[arg(long)]
    name: String,
    /// What its holder may do.
    #[arg(long, value_enum)]
    role: Role,
}

pub(super) fn run(args: &TokenArgs) -> Result<(), Failure> {
    let usable = |c: char| c.is_ascii_alphanumeric() || " ._-@".contains(c);
    if args.name.is_empty() || args.name.len() > 60 || !args.name.chars().all(usable) {
        let rule = "must be 1 to 60 letters, digits, blanks or . _ - @";
        return Err(Failure::input(format!("--name {}: {rule}", args.name)));
    }
    let token = new_token().ok_or_else(|| Failure::machine("no random numbers"))?;
    let role = match args.role {
        Role::Read => "read",
        Role::Operate => "operate",
    };
    say(&format!("token (shown once): {token}\n\nfor the settings:\n[[token]]"));
    say(&format!("name = \"{}\"\nrole = \"{role}\"\nsha256 = \"{}\"", args.name, hash(&token)));
    Ok(())
}
