//! IAM: roles and policies. They are stored and shown; nothing here is refused for want of them.

use serde_json::{Value, json};

use super::{
    Change, Declared, Kind, Made, Members, members, picked, tag_list, text, tidy, untagged,
    with_defaults,
};
use crate::client::server::Refusal;
use crate::project::api::Api;
use crate::template::Problem;

const SERVICE: &str = "iam";

pub static ROLE: Kind = Kind {
    type_name: "AWS::IAM::Role",
    identity: &["RoleName", "Path"],
    later: &["RoleId"],
    unreadable: &["Tags", "PermissionsBoundary"],
    secret: &[],
    wanted: wanted_role,
    read: read_role,
    create: |api, wanted| {
        let names = [
            "RoleName",
            "Path",
            "Description",
            "MaxSessionDuration",
            "PermissionsBoundary",
        ];
        let mut request = picked(&Value::Object(wanted.clone()), &names);
        let trust = wanted.get("AssumeRolePolicyDocument").map(Value::to_string);
        request.insert("AssumeRolePolicyDocument".to_owned(), json!(trust));
        request.insert("Tags".to_owned(), tag_list(wanted));
        let answer = api.call(SERVICE, "createRole", request.into())?;
        attach(api, wanted, &Members::new())?;
        put_policies(api, wanted, &Members::new())?;
        Ok(members(json!({"RoleId": answer["Role"]["RoleId"]})))
    },
    update: update_role,
    delete: delete_role,
};

fn document(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into())
        }
        Some(value) => value.clone(),
        None => Value::Null,
    }
}

fn wanted_role(declared: &Declared<'_>) -> Result<Members, Vec<Problem>> {
    if declared.get("AssumeRolePolicyDocument").is_none() {
        return Err(declared.wrong("AssumeRolePolicyDocument", "is missing"));
    }
    let mut policies = Members::new();
    for policy in declared
        .get("Policies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let name = policy["PolicyName"].as_str().unwrap_or_default();
        policies.insert(
            name.to_owned(),
            tidy(&document(policy.get("PolicyDocument"))),
        );
    }
    let mut managed = declared
        .get("ManagedPolicyArns")
        .and_then(Value::as_array)
        .cloned();
    sort(managed.as_mut());
    let wanted = members(json!({
        "RoleName": declared.name(),
        "Path": declared.text("Path")?,
        "Description": declared.text("Description")?,
        "MaxSessionDuration": declared.number("MaxSessionDuration")?,
        "PermissionsBoundary": declared.text("PermissionsBoundary")?,
        "AssumeRolePolicyDocument": document(declared.get("AssumeRolePolicyDocument")),
        "ManagedPolicyArns": managed,
        "Policies": policies,
        "Tags": declared.tags(),
    }));
    Ok(with_defaults(
        wanted,
        json!({"Path": "/", "MaxSessionDuration": 3600}),
    ))
}

fn sort(list: Option<&mut Vec<Value>>) {
    if let Some(list) = list {
        list.sort_by_key(ToString::to_string);
        list.dedup();
    }
}

/// Documents come with percent signs, as on AWS.
fn decoded(document: &Value) -> Value {
    let bytes = document.as_str().unwrap_or_default().as_bytes();
    let mut text = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).filter(|_| *byte == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                text.push(byte);
                at += 3;
            }
            None => {
                text.push(*byte);
                at += 1;
            }
        }
    }
    serde_json::from_slice(&text).map_or_else(|_| document.clone(), |parsed: Value| tidy(&parsed))
}

fn read_role(api: &Api, made: &Made<'_>) -> Result<Option<Members>, Refusal> {
    let name = json!({"RoleName": made.members.get("RoleName")});
    let Some(answer) = api.find(SERVICE, "getRole", name.clone())? else {
        return Ok(None);
    };
    let role = &answer["Role"];
    let mut found = picked(
        role,
        &["RoleName", "Path", "Description", "MaxSessionDuration"],
    );
    if text(&found, "Description").is_empty() {
        found.remove("Description");
    }
    found.insert(
        "AssumeRolePolicyDocument".to_owned(),
        decoded(&role["AssumeRolePolicyDocument"]),
    );
    let attached = api.call(SERVICE, "listAttachedRolePolicies", name)?;
    let attached = attached["AttachedPolicies"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut arns: Vec<Value> = attached
        .iter()
        .filter_map(|policy| policy.get("PolicyArn").cloned())
        .collect();
    sort(Some(&mut arns));
    found.insert("ManagedPolicyArns".to_owned(), arns.into());
    // Others may have been put by an AWS::IAM::Policy.
    let mut policies = Members::new();
    let named = [made.members, made.last].map(|members| members.get("Policies"));
    let named = named
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flatten();
    for (policy, _) in named {
        if policies.contains_key(policy) {
            continue;
        }
        let arguments = json!({"RoleName": made.members.get("RoleName"), "PolicyName": policy});
        if let Some(answer) = api.find(SERVICE, "getRolePolicy", arguments)? {
            policies.insert(policy.clone(), decoded(&answer["PolicyDocument"]));
        }
    }
    found.insert("Policies".to_owned(), policies.into());
    Ok(Some(with_defaults(
        members(found.into()),
        json!({"Path": "/", "MaxSessionDuration": 3600}),
    )))
}

fn strings(members: &Members, name: &str) -> Vec<String> {
    let list = members
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    list.filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

/// Managed policies: those that are new, and those that are no more.
fn attach(api: &Api, wanted: &Members, before: &Members) -> Result<(), Refusal> {
    let role = wanted.get("RoleName");
    let (new, old) = (
        strings(wanted, "ManagedPolicyArns"),
        strings(before, "ManagedPolicyArns"),
    );
    for arn in new.iter().filter(|arn| !old.contains(arn)) {
        api.call(
            SERVICE,
            "attachRolePolicy",
            json!({"RoleName": role, "PolicyArn": arn}),
        )?;
    }
    for arn in old.iter().filter(|arn| !new.contains(arn)) {
        api.forget(
            SERVICE,
            "detachRolePolicy",
            json!({"RoleName": role, "PolicyArn": arn}),
        )?;
    }
    Ok(())
}

fn put_policies(api: &Api, wanted: &Members, before: &Members) -> Result<(), Refusal> {
    let role = wanted.get("RoleName");
    let of = |members: &Members| {
        let policies = members.get("Policies").and_then(Value::as_object);
        policies.cloned().unwrap_or_default()
    };
    let (new, old) = (of(wanted), of(before));
    for (name, document) in new
        .iter()
        .filter(|(name, document)| old.get(*name) != Some(document))
    {
        let document = document.to_string();
        let request = json!({"RoleName": role, "PolicyName": name, "PolicyDocument": document});
        api.call(SERVICE, "putRolePolicy", request)?;
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        let request = json!({"RoleName": role, "PolicyName": name});
        api.forget(SERVICE, "deleteRolePolicy", request)?;
    }
    Ok(())
}

fn update_role(api: &Api, change: &Change<'_>) -> Result<Members, Refusal> {
    let wanted = change.wanted;
    let role = wanted.get("RoleName");
    if change.changed.contains("Description") || change.changed.contains("MaxSessionDuration") {
        let mut request = picked(
            &Value::Object(wanted.clone()),
            &["RoleName", "Description", "MaxSessionDuration"],
        );
        request.entry("Description").or_insert_with(|| "".into());
        api.call(SERVICE, "updateRole", request.into())?;
    }
    if change.changed.contains("AssumeRolePolicyDocument") {
        let trust = wanted.get("AssumeRolePolicyDocument").map(Value::to_string);
        let request = json!({"RoleName": role, "PolicyDocument": trust});
        api.call(SERVICE, "updateAssumeRolePolicy", request)?;
    }
    if change.changed.contains("PermissionsBoundary") {
        match wanted.get("PermissionsBoundary") {
            Some(arn) => {
                let request = json!({"RoleName": role, "PermissionsBoundary": arn});
                api.call(SERVICE, "putRolePermissionsBoundary", request)?
            }
            None => api.call(
                SERVICE,
                "deleteRolePermissionsBoundary",
                json!({"RoleName": role}),
            )?,
        };
    }
    if change.changed.contains("Tags") {
        let gone = untagged(change);
        if !gone.is_empty() {
            api.call(
                SERVICE,
                "untagRole",
                json!({"RoleName": role, "TagKeys": gone}),
            )?;
        }
        let tags = tag_list(wanted);
        if tags != json!([]) {
            api.call(SERVICE, "tagRole", json!({"RoleName": role, "Tags": tags}))?;
        }
    }
    attach(api, wanted, change.before)?;
    put_policies(api, wanted, change.before)?;
    Ok(change.attributes.clone())
}

fn delete_role(api: &Api, made: &Made<'_>) -> Result<(), Refusal> {
    let name = json!({"RoleName": made.members.get("RoleName")});
    let Some(attached) = api.find(SERVICE, "listAttachedRolePolicies", name.clone())? else {
        return Ok(());
    };
    for policy in attached["AttachedPolicies"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let mut request = name.clone();
        request["PolicyArn"] = policy["PolicyArn"].clone();
        api.forget(SERVICE, "detachRolePolicy", request)?;
    }
    let inline = api.call(SERVICE, "listRolePolicies", name.clone())?;
    for policy in inline["PolicyNames"].as_array().into_iter().flatten() {
        let mut request = name.clone();
        request["PolicyName"] = policy.clone();
        api.forget(SERVICE, "deleteRolePolicy", request)?;
    }
    api.call(SERVICE, "deleteRole", name)?;
    Ok(())
}

/// An inline policy of one or several roles.
pub static POLICY: Kind = Kind {
    type_name: "AWS::IAM::Policy",
    identity: &["PolicyName"],
    later: &[],
    unreadable: &["PolicyName", "Roles"],
    secret: &[],
    wanted: |declared| {
        declared.without_effect(&["Users", "Groups"]);
        Ok(members(json!({
            "PolicyName": declared.name(),
            "Roles": declared.get("Roles"),
            "PolicyDocument": document(declared.get("PolicyDocument")),
        })))
    },
    read: |api, made| {
        let roles = strings(made.members, "Roles");
        let Some(role) = roles.first() else {
            return Ok(Some(members(
                json!({"PolicyDocument": made.members.get("PolicyDocument")}),
            )));
        };
        let arguments = json!({"RoleName": role, "PolicyName": made.members.get("PolicyName")});
        let found = api.find(SERVICE, "getRolePolicy", arguments)?;
        Ok(found
            .map(|answer| members(json!({"PolicyDocument": decoded(&answer["PolicyDocument"])}))))
    },
    create: |api, wanted| put_policy(api, wanted, &[]),
    update: |api, change| put_policy(api, change.wanted, &strings(change.before, "Roles")),
    delete: |api, made| {
        for role in strings(made.members, "Roles") {
            let request = json!({"RoleName": role, "PolicyName": made.members.get("PolicyName")});
            api.forget(SERVICE, "deleteRolePolicy", request)?;
        }
        Ok(())
    },
};

fn put_policy(api: &Api, wanted: &Members, before: &[String]) -> Result<Members, Refusal> {
    let name = wanted.get("PolicyName");
    let roles = strings(wanted, "Roles");
    let document = wanted.get("PolicyDocument").map(Value::to_string);
    for role in &roles {
        let request = json!({"RoleName": role, "PolicyName": name, "PolicyDocument": document});
        api.call(SERVICE, "putRolePolicy", request)?;
    }
    for role in before.iter().filter(|role| !roles.contains(role)) {
        api.forget(
            SERVICE,
            "deleteRolePolicy",
            json!({"RoleName": role, "PolicyName": name}),
        )?;
    }
    Ok(Members::new())
}

pub static MANAGED_POLICY: Kind = Kind {
    type_name: "AWS::IAM::ManagedPolicy",
    identity: &["PolicyName", "Path"],
    later: &[],
    unreadable: &["Roles", "Description"],
    secret: &[],
    wanted: |declared| {
        declared.without_effect(&["Users", "Groups"]);
        let wanted = members(json!({
            "PolicyName": declared.name(),
            "Path": declared.text("Path")?,
            "Description": declared.text("Description")?,
            "Roles": declared.get("Roles"),
            "PolicyDocument": document(declared.get("PolicyDocument")),
        }));
        Ok(with_defaults(wanted, json!({"Path": "/"})))
    },
    read: |api, made| {
        let arn = policy_arn(api, made.members);
        let Some(answer) = api.find(SERVICE, "getPolicy", json!({"PolicyArn": arn}))? else {
            return Ok(None);
        };
        let mut found = picked(&answer["Policy"], &["PolicyName", "Path"]);
        let arguments =
            json!({"PolicyArn": arn, "VersionId": answer["Policy"]["DefaultVersionId"]});
        let version = api.call(SERVICE, "getPolicyVersion", arguments)?;
        let document = decoded(&version["PolicyVersion"]["Document"]);
        found.insert("PolicyDocument".to_owned(), document);
        Ok(Some(found))
    },
    create: |api, wanted| {
        let mut request = picked(
            &Value::Object(wanted.clone()),
            &["PolicyName", "Path", "Description"],
        );
        let document = wanted.get("PolicyDocument").map(Value::to_string);
        request.insert("PolicyDocument".to_owned(), json!(document));
        api.call(SERVICE, "createPolicy", request.into())?;
        attach_to(api, wanted, &[])?;
        Ok(Members::new())
    },
    update: |api, change| {
        let arn = policy_arn(api, change.wanted);
        if change.changed.contains("PolicyDocument") {
            // Five versions are kept at most; the one before is enough.
            let versions = old_versions(api, &arn)?;
            for version in versions.iter().skip(1) {
                let request = json!({"PolicyArn": arn, "VersionId": version});
                api.forget(SERVICE, "deletePolicyVersion", request)?;
            }
            let document = change.wanted.get("PolicyDocument").map(Value::to_string);
            let request =
                json!({"PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": true});
            api.call(SERVICE, "createPolicyVersion", request)?;
        }
        attach_to(api, change.wanted, &strings(change.before, "Roles"))?;
        Ok(Members::new())
    },
    delete: |api, made| {
        let arn = policy_arn(api, made.members);
        for role in strings(made.members, "Roles") {
            let request = json!({"RoleName": role, "PolicyArn": arn});
            api.forget(SERVICE, "detachRolePolicy", request)?;
        }
        for version in old_versions(api, &arn)? {
            let request = json!({"PolicyArn": arn, "VersionId": version});
            api.forget(SERVICE, "deletePolicyVersion", request)?;
        }
        api.call(SERVICE, "deletePolicy", json!({"PolicyArn": arn}))?;
        Ok(())
    },
};

fn policy_arn(api: &Api, members: &Members) -> String {
    let (path, name) = (text(members, "Path"), text(members, "PolicyName"));
    api.global_arn("iam", &format!("policy{path}{name}"))
}

/// All but the one that counts, newest first.
fn old_versions(api: &Api, arn: &str) -> Result<Vec<Value>, Refusal> {
    let answer = api.find(SERVICE, "listPolicyVersions", json!({"PolicyArn": arn}))?;
    let answer = answer.unwrap_or_default();
    let versions = answer["Versions"].as_array().cloned().unwrap_or_default();
    let old = versions
        .into_iter()
        .filter(|version| version["IsDefaultVersion"] != true);
    Ok(old
        .filter_map(|version| version.get("VersionId").cloned())
        .collect())
}

fn attach_to(api: &Api, wanted: &Members, before: &[String]) -> Result<(), Refusal> {
    let arn = policy_arn(api, wanted);
    let roles = strings(wanted, "Roles");
    for role in roles.iter().filter(|role| !before.contains(role)) {
        api.call(
            SERVICE,
            "attachRolePolicy",
            json!({"RoleName": role, "PolicyArn": arn}),
        )?;
    }
    for role in before.iter().filter(|role| !roles.contains(role)) {
        api.forget(
            SERVICE,
            "detachRolePolicy",
            json!({"RoleName": role, "PolicyArn": arn}),
        )?;
    }
    Ok(())
}
