//! What is known of condition keys themselves: how many values they hold, and of what type (S23, R3).
//!
//! Whether a key holds one value or many is a fact of the key, not of the policy that reads it. The facts
//! come from AWS's global condition keys page and from the types of the service authorization reference,
//! where a many-valued key has a type that begins with `ArrayOf`.

/// How many values a condition key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// One.
    One,
    /// Any number.
    Many,
    /// Not known: many-valued in a question that uses a set operator on the key.
    Unknown,
}

/// The arity of a key, given in lower case (S23).
pub fn arity(key: &str) -> Arity {
    let (service, name) = key.split_once(':').unwrap_or((key, ""));
    if is_listed(service, name)
        || MANY_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || key.ends_with(":amr")
    {
        Arity::Many
    } else if service == "aws" || is_account(key) {
        Arity::One
    } else {
        Arity::Unknown
    }
}

fn is_listed(service: &str, name: &str) -> bool {
    let row = MANY.binary_search_by_key(&service, |(service, _)| service);
    let names = |row: usize| MANY[row].1.as_bytes().split(|b| *b == b' ');
    row.is_ok_and(|row| names(row).any(|listed| listed == name.as_bytes()))
}

/// Whether the key holds an account number, twelve digits (R3).
pub fn is_account(key: &str) -> bool {
    matches!(
        key,
        "aws:principalaccount"
            | "aws:sourceaccount"
            | "aws:resourceaccount"
            | "aws:vpceaccount"
            | "kms:calleraccount"
            | "s3:resourceaccount"
    )
}

/// Families of many-valued keys: what follows is chosen by the caller, or AWS adds to it.
const MANY_PREFIXES: [&str; 3] = [
    "events:metadata/",
    "route53:changeresourcerecordsets",
    "vpc-lattice-svcs:requestquerystring/",
];

/// Every other many-valued key: the prefix, and the names after the colon. Both sorted, in lower case.
#[rustfmt::skip]
const MANY: &[(&str, &str)] = &[
    ("a4b", "filters_devicetype"),
    ("account", "accountresourceorgpaths alternatecontacttypes"),
    ("acm", "domainnames"),
    ("airflow", "teamnames"),
    (
        "apigateway",
        "request/apikeyrequired request/authorizertype request/authorizeruri \
         request/conditionbasepaths request/endpointtype request/routeauthorizationtype \
         request/securitypolicy resource/apikeyrequired resource/authorizertype \
         resource/authorizeruri resource/conditionbasepaths resource/endpointtype \
         resource/routeauthorizationtype resource/securitypolicy",
    ),
    (
        "autoscaling",
        "capacityreservationids capacityreservationresourcegrouparns loadbalancernames \
         targetcapacitytypes targetgrouparns trafficsourceidentifiers vpczoneidentifiers",
    ),
    (
        "aws",
        "calledvia principalorgpaths principalservicenameslist resourceorgpaths sourceorgpaths \
         tagkeys vpceorgpaths",
    ),
    ("aws-marketplace", "agreementtype productid"),
    ("backup", "copytargetorgpaths copytargets frameworkarns"),
    (
        "bedrock-agentcore",
        "allowedqueryparameters allowedrequestheaders allowedresponseheaders \
         credentialproviderscope inboundjwtclaim/aud inboundjwtclaim/scope securitygroups subnets",
    ),
    ("bedrock-mantle", "files"),
    ("cloudformation", "resourcetypes targetregion"),
    ("cloudshell", "securitygroupids subnetids vpcids"),
    ("cloudwatch", "alarmactions requestinsightruleloggroups requestmanagedresourcearns"),
    (
        "codebuild",
        "buildbatchconfig.restrictions.computetypesallowed \
         buildbatchconfig.restrictions.fleetsallowed cache.modes \
         environment.environmentvariables.name environment.environmentvariables.value \
         filesystemlocations.identifier filesystemlocations.location filesystemlocations.type \
         secondaryartifacts.artifactidentifier secondaryartifacts.bucketowneraccess \
         secondaryartifacts.encryptiondisabled secondaryartifacts.location \
         secondarysources.auth.resource secondarysources.auth.type \
         secondarysources.buildstatusconfig.context secondarysources.buildstatusconfig.targeturl \
         secondarysources.insecuressl secondarysources.location secondarysources.sourceidentifier \
         vpcconfig.securitygroupids vpcconfig.subnets",
    ),
    ("comprehend", "vpcsecuritygroupids vpcsubnets"),
    (
        "connect",
        "flowtype listrealtimecontactanalysissegmentsbysegmenttype monitorcapabilities \
         searchcontactsbycontactanalysis",
    ),
    ("datapipeline", "pipelinecreator workergroup"),
    (
        "deadline",
        "farmmembershiplevels fleetmembershiplevels jobmembershiplevels queuemembershiplevels",
    ),
    ("devops-guru", "servicenames"),
    ("dsql", "fistargetarns"),
    (
        "dynamodb",
        "attributes firstpartitionkeyvalues fistargetarns fourthpartitionkeyvalues leadingkeys \
         secondpartitionkeyvalues thirdpartitionkeyvalues",
    ),
    (
        "ec2",
        "fistargetarns ikeversions phase1dhgroup phase1encryptionalgorithms \
         phase1integrityalgorithms phase2dhgroup phase2encryptionalgorithms \
         phase2integrityalgorithms vpceprivatednsspecifieddomains",
    ),
    ("ecs", "capacity-provider compute-compatibility subnet"),
    ("eks", "encryptionconfigproviderkeyarns kubernetesgroups namespaces"),
    ("elasticloadbalancing", "listenerprotocol securitygroup securitypolicy subnet"),
    ("events", "detail-type eventbusarn source targetarn"),
    ("fis", "operations targets"),
    ("geo", "deviceids geofenceids"),
    ("glue", "securitygroupids subnetids vpcids"),
    ("iam", "accountpropertynamespaces"),
    ("identitystore", "groupexternalidissuers groupid userexternalidissuers userid"),
    ("imagebuilder", "createdresourcetagkeys"),
    ("iot", "thinggrouparn tunneldestinationservice"),
    ("iotfleetwise", "signals"),
    ("iotsitewise", "taskarns"),
    ("iottwinmaker", "linkedservices"),
    ("kinesis", "fistargetarns"),
    ("kms", "encryptioncontextkeys grantoperations resourcealiases"),
    ("lambda", "layer securitygroupids subnetids"),
    ("lex", "associatedintents associatedslottypes"),
    ("logs", "loggeneratingresourcearns"),
    ("networkmanager", "edgelocations subnetarns"),
    ("oam", "resourcetypes"),
    ("observabilityadmin", "centralizationsourceid centralizationsourceregions"),
    ("partnercentral", "fulfillmenttypes programs"),
    (
        "partnercentral-account-management",
        "legacypartnercentralrole marketingcentralrole proserverole",
    ),
    ("payment-cryptography", "resourcealiases"),
    ("pi", "dimensions"),
    ("quicksight", "allowedembeddingdomains kmskeyarns"),
    ("refactor-spaces", "createdbyaccountids"),
    ("s3", "inventoryaccessibleoptionalfields requestobjecttagkeys"),
    ("s3express", "inventoryaccessibleoptionalfields permissions"),
    (
        "sagemaker",
        "acceleratortypes customermetadatapropertiestoremove imagearns imageversionarns \
         instancetypes notebookinstancelifecycleconfigarns studiolifecycleconfigarns \
         updatablefeatures vpcsecuritygroupids vpcsubnets",
    ),
    (
        "saml",
        "cn eduorghomepageuri eduorgidentityauthnpolicyuri eduorglegalname eduorgsuperioruri \
         eduorgwhitepagesuri edupersonaffiliation edupersonassurance edupersonentitlement \
         edupersonnickname edupersonorgunitdn edupersonscopedaffiliation edupersontargetedid",
    ),
    ("secretsmanager", "addreplicaregions"),
    ("ses", "configurationsetoptions recipients replicaregion"),
    ("ssm", "documentcategories documentversion inventorytypename"),
    ("states", "statemachinequalifier"),
    ("sts", "identitytokenaudience requestcontextproviders transitivetagkeys"),
    ("synthetics", "names"),
    ("transfer", "requestserverprotocols"),
    ("vpc-lattice", "privatednsspecifieddomains securitygroupids targetgrouparns"),
    ("wisdom", "messagetemplate/routingprofilearn searchfilter/qualifier"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_in_lower_case() {
        assert!(MANY.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (service, names) in MANY {
            assert!(names.split(' ').is_sorted(), "{service}");
            assert!(names.split(' ').all(|name| !name.is_empty()), "{service}");
            assert_eq!(
                (service.to_lowercase(), names.to_lowercase()),
                (service.to_string(), names.to_string())
            );
        }
    }

    #[test]
    fn s23_every_key_that_the_rule_names_is_many_valued() {
        for key in [
            "aws:tagkeys",
            "aws:calledvia",
            "aws:principalorgpaths",
            "aws:resourceorgpaths",
            "aws:sourceorgpaths",
            "aws:vpceorgpaths",
            "aws:principalservicenameslist",
            "dynamodb:attributes",
            "dynamodb:leadingkeys",
            "kms:encryptioncontextkeys",
            "kms:grantoperations",
            "kms:resourcealiases",
            "s3:requestobjecttagkeys",
            "sts:transitivetagkeys",
            "route53:changeresourcerecordsetsactions",
            "accounts.google.com:amr",
            "saml:edupersonaffiliation",
            "lambda:layer",
        ] {
            assert_eq!(arity(key), Arity::Many, "{key}");
        }
    }

    #[test]
    fn s23_other_global_keys_hold_one_value_and_other_service_keys_are_not_known() {
        assert_eq!(arity("aws:sourceip"), Arity::One);
        assert_eq!(arity("aws:calledviafirst"), Arity::One);
        assert_eq!(arity("aws:requesttag/amr"), Arity::One);
        assert_eq!(arity("s3:prefix"), Arity::Unknown);
        assert_eq!(arity("accounts.google.com:aud"), Arity::Unknown);
        assert_eq!(arity("nonsense"), Arity::Unknown);
        assert_eq!(arity(""), Arity::Unknown);
    }

    #[test]
    fn r3_account_keys() {
        assert!(is_account("aws:principalaccount"));
        assert!(!is_account("aws:principalarn"));
    }
}
