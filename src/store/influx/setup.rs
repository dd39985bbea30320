//! Buckets and tasks: made where they are missing, left alone where they are.

use super::client::Client;
use super::fault::Fault;
use super::flux;
use super::target::InfluxTarget;

/// Raw values, plans and events: 30 days, s. Privacy: nothing finer is kept for longer.
const RAW_S: i32 = 30 * 86_400;
/// Means by quarter of an hour: 13 months, so that a month can be held against that of last year, s.
const QUARTERS_S: i32 = 396 * 86_400;

/// Makes what is missing; gives what could not be made or looked at, in sentences. Only a server that is
/// away ends it.
pub(super) async fn set_up(client: &Client, target: &InfluxTarget) -> Result<Vec<String>, Fault> {
    let mut faults = Vec::new();
    let mut organisation = None;
    match client.organisation().await {
        Ok(found) => organisation = found,
        Err(fault @ Fault::Away(..)) => return Err(fault),
        Err(fault) => faults.push(format!("organisation {}: {}", target.org, fault.sentence())),
    }
    if organisation.is_none() && faults.is_empty() {
        faults.push(format!(
            "the token may see no bucket of the organisation {} (it takes read:buckets)",
            target.org
        ));
    }
    let bucket = &target.bucket;
    let quarters = format!("{bucket}_15min");
    let months = format!("{bucket}_monthly");
    let buckets = [
        (bucket.clone(), Some(RAW_S)),
        (quarters.clone(), Some(QUARTERS_S)),
        (months.clone(), None),
    ];
    for (name, kept_s) in buckets {
        let made = match client.has_bucket(&name).await {
            Ok(true) => Ok(()),
            Ok(false) => match &organisation {
                Some(organisation) => client.make_bucket(organisation, &name, kept_s).await,
                None => Err(Fault::Missing("without its organisation none can be made".to_owned())),
            },
            Err(fault) => Err(fault),
        };
        note(&mut faults, made, &format!("bucket {name}"), "read:buckets and write:buckets")?;
    }
    let tasks = [(quarters, flux::quarters_task(bucket)), (months, flux::months_task(bucket))];
    for (name, flux) in tasks {
        let made = match client.has_task(&name).await {
            Ok(true) => Ok(()),
            Ok(false) => client.make_task(flux).await,
            Err(fault) => Err(fault),
        };
        note(&mut faults, made, &format!("task {name}"), "read:tasks and write:tasks")?;
    }
    Ok(faults)
}

fn note(
    faults: &mut Vec<String>,
    made: Result<(), Fault>,
    what: &str,
    rights: &str,
) -> Result<(), Fault> {
    match made {
        Ok(()) => {}
        Err(fault @ Fault::Away(..)) => return Err(fault),
        Err(fault @ Fault::Denied(_)) => {
            let why = fault.sentence();
            faults.push(format!("{what} could not be made or looked at; it takes {rights}: {why}"));
        }
        Err(fault) => faults.push(format!("{what}: {}", fault.sentence())),
    }
    Ok(())
}
