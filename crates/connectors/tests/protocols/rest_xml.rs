//! rest-xml by S3, S3 Control, Route 53 and CloudFront.

use connectors::protocol::{WireResponse, serialize};
use serde_json::{Value, json};

use super::{answer, body, operation, request, sent, success};

#[test]
fn members_travel_where_the_model_says() {
    let wire = request(
        "s3",
        "putObject",
        json!({
            "Bucket": "b", "Key": "a b/ü+?.txt", "Body": {"k": [1, "<"]}, "ContentType": "application/json",
            "Metadata": {"Owner": "me"}, "Expires": "2024-05-06T07:08:09Z", "Tagging": "x=1",
        }),
    );
    assert_eq!(
        (wire.method.as_str(), wire.uri.as_str()),
        ("PUT", "/b/a%20b/%C3%BC%2B%3F.txt")
    );
    assert_eq!(body(&wire), r#"{"k":[1,"<"]}"#);
    assert_eq!(sent(&wire, "content-type"), Some("application/json"));
    assert_eq!(sent(&wire, "x-amz-meta-owner"), Some("me"));
    assert_eq!(
        sent(&wire, "expires"),
        Some("Mon, 06 May 2024 07:08:09 GMT")
    );

    let wire = request(
        "s3",
        "listObjectsV2",
        json!({"Bucket": "b", "Prefix": "a/b&c", "MaxKeys": "10", "OptionalObjectAttributes": ["RestoreStatus"]}),
    );
    assert_eq!(wire.uri, "/b?list-type=2&max-keys=10&prefix=a%2Fb%26c");
    assert_eq!(
        sent(&wire, "x-amz-optional-object-attributes"),
        Some("RestoreStatus")
    );
    assert_eq!((body(&wire), sent(&wire, "content-type")), ("", None));

    let refused = |action: &str, arguments: Value| {
        let arguments = arguments.as_object().unwrap();
        serialize(operation("s3", action), arguments)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused("deleteObject", json!({"Bucket": "b"})),
        "Unable to marshall request to XML: Parameter 'Key' must not be null"
    );
    assert_eq!(
        refused("deleteObject", json!({"Bucket": "b", "Key": ""})),
        "Unable to marshall request to XML: Key cannot be empty."
    );
    // Sent like this they would delete and overwrite the object.
    assert_eq!(
        refused("abortMultipartUpload", json!({"Bucket": "b", "Key": "k"})),
        "Unable to marshall request to XML: Parameter 'uploadId' must not be null"
    );
    assert_eq!(
        refused(
            "uploadPart",
            json!({"Bucket": "b", "Key": "k", "UploadId": "u", "PartNumber": null})
        ),
        "Unable to marshall request to XML: Parameter 'partNumber' must not be null"
    );
}

#[test]
fn bodies_have_the_models_names_and_namespaces() {
    let delete = json!({"Bucket": "b", "Delete": {"Objects": [{"Key": "a\r\n<"}, {"Key": "c", "VersionId": "1"}], "Quiet": true}});
    let wire = request("s3", "deleteObjects", delete);
    assert_eq!(wire.uri, "/b?delete");
    assert_eq!(
        body(&wire),
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&#xD;&#xA;&lt;</Key></Object>\
         <Object><Key>c</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>"
    );
    assert_eq!(sent(&wire, "content-type"), Some("application/xml"));

    let grantee = json!({"Type": "CanonicalUser", "ID": "me"});
    let acl = json!({"Bucket": "b", "AccessControlPolicy": {"Grants": [{"Grantee": grantee, "Permission": "READ"}]}});
    assert_eq!(
        body(&request("s3", "putBucketAcl", acl)),
        "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><AccessControlList><Grant>\
         <Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>me</ID></Grantee>\
         <Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
    );

    let change = json!({"Action": "UPSERT", "ResourceRecordSet": {
        "Name": "a.example", "Type": "A", "Ttl": 60, "ResourceRecords": [{"Value": "192.0.2.1"}],
    }});
    let wire = request(
        "route53",
        "changeResourceRecordSets",
        json!({"HostedZoneId": "/hostedzone/Z1", "ChangeBatch": {"Changes": [change]}}),
    );
    assert_eq!(wire.uri, "/2013-04-01/hostedzone/Z1/rrset/");
    assert_eq!(
        body(&wire),
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes>\
         <Change><Action>UPSERT</Action><ResourceRecordSet><Name>a.example</Name><Type>A</Type><TTL>60</TTL>\
         <ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>\
         </Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    );

    let batch = json!({"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "r"});
    let wire = request(
        "cloudfront",
        "createInvalidation",
        json!({"DistributionId": "D", "InvalidationBatch": batch}),
    );
    assert_eq!(wire.uri, "/2020-05-31/distribution/D/invalidation");
    assert!(body(&wire).starts_with(
        "<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\">"
    ));

    let wire = request(
        "s3control",
        "putAccessPointPolicy",
        json!({"AccountId": "123456789012", "Name": "ap", "Policy": {"Version": "2012-10-17"}}),
    );
    assert_eq!(sent(&wire, "x-amz-account-id"), Some("123456789012"));
    assert!(body(&wire).contains("<Policy>{&quot;Version&quot;:&quot;2012-10-17&quot;}</Policy>"));
}

#[test]
fn answers_have_step_functions_names() {
    let list = r#"<?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><KeyCount>2</KeyCount>
        <IsTruncated>false</IsTruncated>
        <Contents><Key>a</Key><LastModified>2024-05-06T07:08:09.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>5</Size></Contents>
        <Contents><Key> </Key></Contents><CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>"#;
    let expected = json!({
        "Name": "b", "KeyCount": 2, "IsTruncated": false,
        "Contents": [{"Key": "a", "LastModified": "2024-05-06T07:08:09Z", "ETag": "\"e\"", "Size": 5}, {"Key": " "}],
        "CommonPrefixes": [{"Prefix": "p/"}],
    });
    assert_eq!(success("s3", "listObjectsV2", list), expected);

    let headers = [
        ("ETag", "\"e\""),
        ("Content-Length", "5"),
        ("Last-Modified", "Mon, 06 May 2024 07:08:09 GMT"),
        ("x-amz-meta-owner", "me"),
        ("x-amz-delete-marker", "false"),
    ];
    let WireResponse::Success(object) = answer("s3", "getObject", 200, &headers, "hello") else {
        panic!()
    };
    let expected = json!({
        "ETag": "\"e\"", "ContentLength": 5, "LastModified": "2024-05-06T07:08:09Z", "Metadata": {"owner": "me"},
        "DeleteMarker": false, "Body": "hello",
    });
    assert_eq!(object, expected);
    assert_eq!(success("s3", "putObject", ""), json!({}));
    assert_eq!(
        success("s3", "getBucketPolicy", r#"{"Statement": []}"#),
        json!({"Policy": r#"{"Statement": []}"#})
    );

    let distribution = "<Distribution><Id>D</Id><DistributionConfig><Enabled>true</Enabled></DistributionConfig></Distribution>";
    let WireResponse::Success(result) = answer(
        "cloudfront",
        "getDistribution",
        200,
        &[("ETag", "E")],
        distribution,
    ) else {
        panic!()
    };
    let expected =
        json!({"ETag": "E", "Distribution": {"Id": "D", "DistributionConfig": {"Enabled": true}}});
    assert_eq!(result, expected);
}

#[test]
fn errors_have_a_wrapper_or_none() {
    let s3 = "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code><Message>gone</Message><BucketName>b</BucketName>\
        <RequestId>r</RequestId><HostId>h</HostId></Error>";
    let others = "<ErrorResponse xmlns=\"http://x/\"><Error><Type>Sender</Type><Code>NoSuchHostedZone</Code>\
        <Message>gone</Message></Error><RequestId>r</RequestId></ErrorResponse>";
    for (service, action, body, code) in [
        ("s3", "listObjectsV2", s3, "NoSuchBucket"),
        ("s3", "getObject", s3, "NoSuchBucket"),
        ("s3control", "getAccessPoint", others, "NoSuchHostedZone"),
        ("route53", "getHostedZone", others, "NoSuchHostedZone"),
    ] {
        let WireResponse::Error(error) = answer(service, action, 404, &[], body) else {
            panic!("{service}")
        };
        assert_eq!(error.code.as_deref(), Some(code));
        assert_eq!(error.message.as_deref(), Some("gone"));
        assert_eq!(error.request_id.as_deref(), Some("r"));
    }
}
