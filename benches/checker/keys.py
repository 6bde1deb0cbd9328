"""What is known of condition keys: how many values they hold (S23), and which follow from the caller."""

# Services' many-valued keys, as the service authorization reference types them: the prefix, and the names behind the colon.
_MANY = {
    "a4b": "filters_devicetype",
    "account": "accountresourceorgpaths alternatecontacttypes",
    "acm": "domainnames",
    "airflow": "teamnames",
    "apigateway":
        "request/apikeyrequired request/authorizertype request/authorizeruri request/conditionbasepaths "
        "request/endpointtype request/routeauthorizationtype request/securitypolicy resource/apikeyrequired "
        "resource/authorizertype resource/authorizeruri resource/conditionbasepaths resource/endpointtype "
        "resource/routeauthorizationtype resource/securitypolicy",
    "autoscaling":
        "capacityreservationids capacityreservationresourcegrouparns loadbalancernames targetcapacitytypes "
        "targetgrouparns trafficsourceidentifiers vpczoneidentifiers",
    "aws":
        "calledvia principalorgpaths principalservicenameslist resourceorgpaths sourceorgpaths tagkeys "
        "vpceorgpaths",
    "aws-marketplace": "agreementtype productid",
    "backup": "copytargetorgpaths copytargets frameworkarns",
    "bedrock-agentcore":
        "allowedqueryparameters allowedrequestheaders allowedresponseheaders credentialproviderscope "
        "inboundjwtclaim/aud inboundjwtclaim/scope securitygroups subnets",
    "bedrock-mantle": "files",
    "cloudformation": "resourcetypes targetregion",
    "cloudshell": "securitygroupids subnetids vpcids",
    "cloudwatch": "alarmactions requestinsightruleloggroups requestmanagedresourcearns",
    "codebuild":
        "buildbatchconfig.restrictions.computetypesallowed buildbatchconfig.restrictions.fleetsallowed cache.modes "
        "environment.environmentvariables.name environment.environmentvariables.value "
        "filesystemlocations.identifier filesystemlocations.location filesystemlocations.type "
        "secondaryartifacts.artifactidentifier secondaryartifacts.bucketowneraccess "
        "secondaryartifacts.encryptiondisabled secondaryartifacts.location secondarysources.auth.resource "
        "secondarysources.auth.type secondarysources.buildstatusconfig.context "
        "secondarysources.buildstatusconfig.targeturl secondarysources.insecuressl secondarysources.location "
        "secondarysources.sourceidentifier vpcconfig.securitygroupids vpcconfig.subnets",
    "comprehend": "vpcsecuritygroupids vpcsubnets",
    "connect":
        "flowtype listrealtimecontactanalysissegmentsbysegmenttype monitorcapabilities "
        "searchcontactsbycontactanalysis",
    "datapipeline": "pipelinecreator workergroup",
    "deadline": "farmmembershiplevels fleetmembershiplevels jobmembershiplevels queuemembershiplevels",
    "devops-guru": "servicenames",
    "dsql": "fistargetarns",
    "dynamodb":
        "attributes firstpartitionkeyvalues fistargetarns fourthpartitionkeyvalues leadingkeys "
        "secondpartitionkeyvalues thirdpartitionkeyvalues",
    "ec2":
        "fistargetarns ikeversions phase1dhgroup phase1encryptionalgorithms phase1integrityalgorithms "
        "phase2dhgroup phase2encryptionalgorithms phase2integrityalgorithms vpceprivatednsspecifieddomains",
    "ecs": "capacity-provider compute-compatibility subnet",
    "eks": "encryptionconfigproviderkeyarns kubernetesgroups namespaces",
    "elasticloadbalancing": "listenerprotocol securitygroup securitypolicy subnet",
    "events": "detail-type eventbusarn source targetarn",
    "fis": "operations targets",
    "geo": "deviceids geofenceids",
    "glue": "securitygroupids subnetids vpcids",
    "iam": "accountpropertynamespaces",
    "identitystore": "groupexternalidissuers groupid userexternalidissuers userid",
    "imagebuilder": "createdresourcetagkeys",
    "iot": "thinggrouparn tunneldestinationservice",
    "iotfleetwise": "signals",
    "iotsitewise": "taskarns",
    "iottwinmaker": "linkedservices",
    "kinesis": "fistargetarns",
    "kms": "encryptioncontextkeys grantoperations resourcealiases",
    "lambda": "layer securitygroupids subnetids",
    "lex": "associatedintents associatedslottypes",
    "logs": "loggeneratingresourcearns",
    "networkmanager": "edgelocations subnetarns",
    "oam": "resourcetypes",
    "observabilityadmin": "centralizationsourceid centralizationsourceregions",
    "partnercentral": "fulfillmenttypes programs",
    "partnercentral-account-management": "legacypartnercentralrole marketingcentralrole proserverole",
    "payment-cryptography": "resourcealiases",
    "pi": "dimensions",
    "quicksight": "allowedembeddingdomains kmskeyarns",
    "refactor-spaces": "createdbyaccountids",
    "s3": "inventoryaccessibleoptionalfields requestobjecttagkeys",
    "s3express": "inventoryaccessibleoptionalfields permissions",
    "sagemaker":
        "acceleratortypes customermetadatapropertiestoremove imagearns imageversionarns instancetypes "
        "notebookinstancelifecycleconfigarns studiolifecycleconfigarns updatablefeatures vpcsecuritygroupids "
        "vpcsubnets",
    "saml":
        "cn eduorghomepageuri eduorgidentityauthnpolicyuri eduorglegalname eduorgsuperioruri eduorgwhitepagesuri "
        "edupersonaffiliation edupersonassurance edupersonentitlement edupersonnickname edupersonorgunitdn "
        "edupersonscopedaffiliation edupersontargetedid",
    "secretsmanager": "addreplicaregions",
    "ses": "configurationsetoptions recipients replicaregion",
    "ssm": "documentcategories documentversion inventorytypename",
    "states": "statemachinequalifier",
    "sts": "identitytokenaudience requestcontextproviders transitivetagkeys",
    "synthetics": "names",
    "transfer": "requestserverprotocols",
    "vpc-lattice": "privatednsspecifieddomains securitygroupids targetgrouparns",
    "wisdom": "messagetemplate/routingprofilearn searchfilter/qualifier",
}
_MANY_SET = {f"{service}:{name}" for service, names in _MANY.items() for name in names.split(" ")}
_MANY_FAMILIES = ("events:metadata/", "route53:changeresourcerecordsets", "vpc-lattice-svcs:requestquerystring/")

ACCOUNTS = {"aws:principalaccount", "aws:sourceaccount", "aws:resourceaccount", "aws:vpceaccount",
            "kms:calleraccount", "s3:resourceaccount"}

KINDS = ["session", "user", "federated-user", "root", "canonical", "federated", "service", "anonymous"]
WITH_ACCOUNT = set(KINDS[:4])


def arity(key):
    """`many`, `one`, or `unknown`: then a set operator anywhere in the question makes it many-valued."""
    if key in _MANY_SET or key.startswith(_MANY_FAMILIES) or key.endswith(":amr"):
        return "many"
    return "one" if key == "aws" or key.startswith("aws:") or key in ACCOUNTS else "unknown"


# The table of derived keys: what the key is for each kind. What a kind does not name is absent, but free for `canonical`.
_PART = {
    "aws:principalarn": {kind: ("part", "arn" if kind == "session" else "whole") for kind in WITH_ACCOUNT},
    "aws:principalaccount": {kind: ("part", "account") for kind in WITH_ACCOUNT}
    | {"anonymous": ("fixed", "anonymous"), "service": ("free",), "federated": ("free",)},
    "kms:calleraccount": {kind: ("part", "account") for kind in WITH_ACCOUNT},
    "aws:principalorgid": {kind: ("free",) for kind in WITH_ACCOUNT},
    "aws:principalorgpaths": {kind: ("free",) for kind in WITH_ACCOUNT},
    "aws:principaltype": {
        "root": ("fixed", "Account"), "user": ("fixed", "User"), "session": ("fixed", "AssumedRole"),
        "federated-user": ("fixed", "FederatedUser"), "anonymous": ("fixed", "Anonymous"),
        "service": ("free",), "federated": ("free",)},
    "aws:username": {"user": ("part", "name")},
    "aws:userid": {
        "root": ("part", "account"), "session": ("part", "session"), "federated-user": ("part", "account-and-name"),
        "anonymous": ("fixed", "anonymous"), "user": ("free",), "service": ("free",), "federated": ("free",)},
    "aws:principalisawsservice": {kind: ("fixed", "false") for kind in WITH_ACCOUNT | {"canonical"}}
    | {"service": ("fixed", "true")},
    "aws:principalservicename": {"service": ("part", "whole"), "canonical": ("absent",)},
    "aws:principalservicenameslist": {"service": ("names",), "canonical": ("absent",)},
}


def derived(kind, key):
    """How a key follows from a caller of the kind: absent, fixed TEXT, part WINDOW, names, or free."""
    row = _PART.get(key)
    if row is not None:
        return row.get(kind, ("free",) if kind == "canonical" else ("absent",))
    if key.startswith("aws:principaltag/"):
        return ("free",) if kind in ("session", "user", "federated-user", "canonical") else ("absent",)
    return ("free",)


def depends_on_kind(key):
    """Whether the table has the key."""
    return key in _PART or key.startswith("aws:principaltag/")
