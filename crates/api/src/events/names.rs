//! Names and ARNs of this account's buses, rules, connections and API destinations.

use crate::Place;

pub(super) const DEFAULT_BUS: &str = "default";

impl Place {
    /// `arn("event-bus/default")`
    fn arn(&self, resource: &str) -> String {
        let Place {
            partition,
            region,
            account,
        } = self;
        format!("arn:{partition}:events:{region}:{account}:{resource}")
    }

    /// What follows the account of an ARN of this place's `events`.
    fn resource<'a>(&self, arn: &'a str) -> Option<&'a str> {
        arn.strip_prefix(&self.arn(""))
    }

    pub(super) fn bus_arn(&self, name: &str) -> String {
        self.arn(&format!("event-bus/{name}"))
    }

    pub(super) fn rule_arn(&self, bus: &str, name: &str) -> String {
        match bus {
            DEFAULT_BUS => self.arn(&format!("rule/{name}")),
            bus => self.arn(&format!("rule/{bus}/{name}")),
        }
    }

    pub(super) fn connection_arn(&self, name: &str, id: &str) -> String {
        self.arn(&format!("connection/{name}/{id}"))
    }

    pub(super) fn api_destination_arn(&self, name: &str, id: &str) -> String {
        self.arn(&format!("api-destination/{name}/{id}"))
    }

    /// As Secrets Manager would have it. There is no such secret: the connection keeps it.
    pub(super) fn secret_arn(&self, name: &str, id: &str) -> String {
        let Place {
            partition,
            region,
            account,
        } = self;
        let suffix = id.get(..6).unwrap_or(id);
        format!(
            "arn:{partition}:secretsmanager:{region}:{account}:secret:events!connection/{name}/{id}-{suffix}"
        )
    }

    /// The name of a bus that is given by its name or ARN. An ARN of another account or region is no name here: it stays as it is.
    pub(super) fn bus_name<'a>(&self, name_or_arn: Option<&'a str>) -> &'a str {
        let given = name_or_arn.unwrap_or(DEFAULT_BUS);
        let own = self.resource(given);
        own.and_then(|resource| resource.strip_prefix("event-bus/"))
            .unwrap_or(given)
    }

    /// Bus and name of a rule's ARN.
    pub(super) fn rule_of_arn<'a>(&self, arn: &'a str) -> Option<(&'a str, &'a str)> {
        let rule = self.resource(arn)?.strip_prefix("rule/")?;
        Some(rule.rsplit_once('/').unwrap_or((DEFAULT_BUS, rule)))
    }

    pub(super) fn bus_of_arn<'a>(&self, arn: &'a str) -> Option<&'a str> {
        self.resource(arn)?.strip_prefix("event-bus/")
    }

    /// Name and id of a connection's ARN.
    pub(super) fn connection_of_arn<'a>(&self, arn: &'a str) -> Option<(&'a str, &'a str)> {
        let names = self.resource(arn)?.strip_prefix("connection/")?;
        names.split_once('/')
    }

    /// Name and id of an API destination's ARN.
    pub(super) fn api_destination_of_arn<'a>(&self, arn: &'a str) -> Option<(&'a str, &'a str)> {
        let names = self.resource(arn)?.strip_prefix("api-destination/")?;
        names.split_once('/')
    }
}

/// The key of a rule's document.
pub(super) fn rule_key(bus: &str, name: &str) -> String {
    format!("{bus}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_out_of_arns() {
        let place = Place {
            partition: "aws".into(),
            region: "eu-west-1".into(),
            account: "123456789012".into(),
        };
        for (bus, arn) in [
            ("default", "arn:aws:events:eu-west-1:123456789012:rule/r"),
            ("b", "arn:aws:events:eu-west-1:123456789012:rule/b/r"),
        ] {
            assert_eq!(place.rule_arn(bus, "r"), arn);
            assert_eq!(place.rule_of_arn(arn), Some((bus, "r")));
        }
        let arn = place.bus_arn("b");
        assert_eq!(place.bus_name(Some(&arn)), "b");
        assert_eq!(place.bus_name(Some("b")), "b");
        assert_eq!(place.bus_name(None), "default");
        let elsewhere = arn.replace("eu-west-1", "us-east-1");
        assert_eq!(place.bus_name(Some(&elsewhere)), elsewhere);
        assert_eq!(place.rule_of_arn(&elsewhere), None);
        let arn = place.connection_arn("c", "id");
        assert_eq!(place.connection_of_arn(&arn), Some(("c", "id")));
    }
}
