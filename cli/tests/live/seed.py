"""Fills an emulator with an organization, from a seed, and prints what an independent client then reads there.

    seed.py URL SEED ACCOUNTS

One JSON object: `organization`, `secrets` (texts that no snapshot may hold) and `resources`, in the shape of a snapshot's
records but for policies, which are objects here.
"""

import io
import json
import random
import sys
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL, SEED, ACCOUNTS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
REGIONS = ["eu-central-1", "us-east-1"]
chance = random.Random(SEED)
SECRETS = [f"hunter2-{SEED}-{n}" for n in range(4)]


def session(account=None):
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    own = boto3.Session(**keys)
    if account is None:
        return own
    sts = own.client("sts", endpoint_url=URL, region_name="us-east-1")
    answer = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/Seed", RoleSessionName="seed")["Credentials"]
    return boto3.Session(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])


def client(of, service, region="us-east-1"):
    return of.client(service, endpoint_url=URL, region_name=region, config=Config(retries={"max_attempts": 0}))


def policy(action, resource, account):
    """A resource policy: public, of one stranger, of the account, or of an organization."""
    principal, condition = chance.choice(
        [
            ("*", None),
            ({"AWS": "arn:aws:iam::999988887777:root"}, None),
            ({"AWS": f"arn:aws:iam::{account}:root"}, None),
            ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-elsewhere1"}}),
            ("*", {"IpAddress": {"aws:SourceIp": f"203.0.113.{chance.randrange(255)}/32"}}),
        ]
    )
    statement = {"Sid": "Seeded", "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def own_policy(action):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


def organization():
    client_of = client(session(), "organizations")
    client_of.create_organization(FeatureSet="ALL")
    root = client_of.list_roots()["Roots"][0]["Id"]
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        try:
            client_of.enable_policy_type(RootId=root, PolicyType=kind)
        except ClientError:
            pass  # It is enabled.
    parents = [root]
    for n in range(3):
        parent = chance.choice(parents)
        unit = client_of.create_organizational_unit(ParentId=parent, Name=f"unit-{n}")
        parents.append(unit["OrganizationalUnit"]["Id"])
    accounts = []
    for n in range(ACCOUNTS):
        made = client_of.create_account(AccountName=f"account-{n}", Email=f"a{n}@example.com")
        accounts.append(made["CreateAccountStatus"]["AccountId"])
        parent = chance.choice(parents)
        if parent != root:
            client_of.move_account(AccountId=accounts[-1], SourceParentId=root, DestinationParentId=parent)
    deny = {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
    scp = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    rcp = json.dumps({"Version": "2012-10-17", "Statement": [{**deny, "Action": "sqs:DeleteQueue", "Principal": "*"}]})
    for kind, text in (("SERVICE_CONTROL_POLICY", scp), ("RESOURCE_CONTROL_POLICY", rcp)):
        made = client_of.create_policy(Content=text, Description="seeded", Name=kind.lower(), Type=kind)
        client_of.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=chance.choice(parents + accounts))
    return accounts


def seed(account, of):
    identity(account, of)
    s3(account, of)
    for region in REGIONS:
        kms(account, of, region)
        functions(account, of, region)
        queues(account, of, region)
        others(account, of, region)
        files_and_tables(account, of, region)
        snapshots(account, of, region)


def identity(account, of):
    iam = client(of, "iam")
    managed = iam.create_policy(PolicyName="Reader", PolicyDocument=own_policy("s3:GetObject"))["Policy"]["Arn"]
    limit = iam.create_policy(PolicyName="Limit", PolicyDocument=own_policy("s3:*"))["Policy"]["Arn"]
    for n in range(chance.randrange(2, 6)):
        trusted = chance.choice(["999988887777", account])
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{trusted}:root"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        boundary = {"PermissionsBoundary": limit} if chance.random() < 0.5 else {}
        tags = [{"Key": "team", "Value": f"t {n}+ü"}]
        iam.create_role(RoleName=f"role-{n}", AssumeRolePolicyDocument=document, Tags=tags, **boundary)
        if chance.random() < 0.5:
            iam.attach_role_policy(RoleName=f"role-{n}", PolicyArn=managed)
        if chance.random() < 0.5:
            iam.put_role_policy(RoleName=f"role-{n}", PolicyName="own one", PolicyDocument=own_policy("sqs:*"))
    iam.create_group(GroupName="staff", Path="/people/")
    iam.put_group_policy(GroupName="staff", PolicyName="read", PolicyDocument=own_policy("kms:List*"))
    iam.create_user(UserName="momo")
    iam.add_user_to_group(UserName="momo", GroupName="staff")
    iam.attach_user_policy(UserName="momo", PolicyArn=managed)


def s3(account, of):
    for n in range(chance.randrange(2, 7)):
        region = chance.choice(REGIONS)
        name = f"bucket-{account}-{n}"
        buckets = client(of, "s3", region)
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        buckets.create_bucket(Bucket=name, **place)
        if chance.random() < 0.6:
            buckets.put_bucket_policy(Bucket=name, Policy=policy("s3:GetObject", f"arn:aws:s3:::{name}/*", account))
        if chance.random() < 0.3:
            switches = [chance.random() < 0.5 for _ in range(4)]
            names = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
            block = dict(zip(names, switches))
            buckets.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
        if chance.random() < 0.4:
            rule = {"ObjectOwnership": chance.choice(["BucketOwnerEnforced", "ObjectWriter", "BucketOwnerPreferred"])}
            buckets.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [rule]})
        if chance.random() < 0.3:
            try:
                buckets.put_bucket_acl(Bucket=name, ACL="public-read")
            except ClientError:
                pass  # Block Public Access refuses it.


def kms(account, of, region):
    keys = client(of, "kms", region)
    for _ in range(chance.randrange(1, 4)):
        key = keys.create_key()["KeyMetadata"]["KeyId"]
        if chance.random() < 0.5:
            keys.put_key_policy(KeyId=key, PolicyName="default", Policy=policy("kms:*", "*", account))
        if chance.random() < 0.5:
            grant = {"GranteePrincipal": "arn:aws:iam::999988887777:role/partner", "Operations": ["Decrypt", "Encrypt"]}
            if chance.random() < 0.5:
                grant["Constraints"] = {"EncryptionContextEquals": {"department": "books"}}
            keys.create_grant(KeyId=key, **grant)


def functions(account, of, region):
    iam, functions_of = client(of, "iam"), client(of, "lambda", region)
    role = iam.list_roles()["Roles"][0]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("main.py", "def handler(event, context): return 1")
    code = {"ZipFile": archive.getvalue()}
    for n in range(chance.randrange(1, 4)):
        name = f"function-{n}"
        variables = {"Variables": {"PASSWORD": chance.choice(SECRETS)}}
        functions_of.create_function(
            FunctionName=name, Runtime="python3.12", Role=role, Handler="main.handler", Code=code, Environment=variables
        )
        if chance.random() < 0.6:
            # The emulator writes a bare account id, which Lambda itself turns into an ARN.
            who = chance.choice(["*", "arn:aws:iam::999988887777:root", "sns.amazonaws.com"])
            functions_of.add_permission(
                FunctionName=name, StatementId="seeded", Action="lambda:InvokeFunction", Principal=who
            )
        if chance.random() < 0.4:
            functions_of.create_function_url_config(FunctionName=name, AuthType=chance.choice(["NONE", "AWS_IAM"]))
        if chance.random() < 0.5:
            version = functions_of.publish_version(FunctionName=name)["Version"]
            functions_of.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
            if chance.random() < 0.7:
                functions_of.add_permission(
                    FunctionName=name,
                    Qualifier=version,
                    StatementId="numbered",
                    Action="lambda:InvokeFunction",
                    Principal="arn:aws:iam::999988887777:root",
                )
    for n in range(chance.randrange(1, 3)):
        made = functions_of.publish_layer_version(LayerName=f"layer-{n}", Content=code)
        functions_of.add_layer_version_permission(
            LayerName=f"layer-{n}",
            VersionNumber=made["Version"],
            StatementId="seeded",
            Action="lambda:GetLayerVersion",
            Principal="*",
        )


def queues(account, of, region):
    queues_of = client(of, "sqs", region)
    for n in range(chance.randrange(1, 5)):
        attributes = {}
        if chance.random() < 0.7:
            arn = f"arn:aws:sqs:{region}:{account}:queue-{n}"
            attributes["Policy"] = policy("sqs:SendMessage", arn, account)
        url = queues_of.create_queue(QueueName=f"queue-{n}", Attributes=attributes)["QueueUrl"]
        queues_of.send_message(QueueUrl=url, MessageBody=chance.choice(SECRETS))


def others(account, of, region):
    topics, secrets = client(of, "sns", region), client(of, "secretsmanager", region)
    for n in range(2):
        arn = topics.create_topic(Name=f"topic-{n}")["TopicArn"]
        if chance.random() < 0.5:
            text = policy("sns:Publish", arn, account)
            topics.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)
        made = secrets.create_secret(Name=f"secret-{n}", SecretString=chance.choice(SECRETS))
        if chance.random() < 0.5:
            text = policy("secretsmanager:GetSecretValue", "*", account)
            secrets.put_resource_policy(SecretId=made["ARN"], ResourcePolicy=text)
    repositories = client(of, "ecr", region)
    repositories.create_repository(repositoryName="images")
    if chance.random() < 0.5:
        statement = {"Sid": "Seeded", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        repositories.set_repository_policy(repositoryName="images", policyText=text)


def files_and_tables(account, of, region):
    systems, tables = client(of, "efs", region), client(of, "dynamodb", region)
    for n in range(chance.randrange(1, 3)):
        made = systems.create_file_system(CreationToken=f"files-{n}")["FileSystemId"]
        if chance.random() < 0.6:
            text = policy("elasticfilesystem:ClientMount", "*", account)
            systems.put_file_system_policy(FileSystemId=made, Policy=text)
    for n in range(chance.randrange(1, 4)):
        keys = {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        if chance.random() < 0.5:
            keys["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        made = tables.create_table(TableName=f"table-{n}", **keys)["TableDescription"]
        tables.put_item(TableName=f"table-{n}", Item={"id": {"S": chance.choice(SECRETS)}})
        if chance.random() < 0.6:
            arn = made["TableArn"]
            tables.put_resource_policy(ResourceArn=arn, Policy=policy("dynamodb:GetItem", arn, account))


def snapshots(account, of, region):
    volumes, databases = client(of, "ec2", region), client(of, "rds", region)
    for n in range(chance.randrange(1, 4)):
        sealed = chance.random() < 0.4
        volume = volumes.create_volume(AvailabilityZone=f"{region}a", Size=1, Encrypted=sealed)["VolumeId"]
        made = volumes.create_snapshot(VolumeId=volume, Description=f"snapshot {n}")["SnapshotId"]
        share = {"Attribute": "createVolumePermission", "OperationType": "add", "SnapshotId": made}
        if chance.random() < 0.5:
            volumes.modify_snapshot_attribute(UserIds=["999988887777", "111122223333"], **share)
        if chance.random() < 0.3:
            volumes.modify_snapshot_attribute(GroupNames=["all"], **share)
    password = chance.choice(SECRETS)
    databases.create_db_instance(
        DBInstanceIdentifier="db", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="root", MasterUserPassword=password, StorageEncrypted=chance.random() < 0.5,
    )
    databases.create_db_cluster(
        DBClusterIdentifier="cluster", Engine="aurora-postgresql", MasterUsername="root", MasterUserPassword=password
    )
    with_whom = [[], ["999988887777"], ["all"], ["all", "999988887777"]]
    for n in range(chance.randrange(1, 4)):
        name, whom = f"snapshot-{n}", chance.choice(with_whom)
        databases.create_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier=name)
        if whom:
            databases.modify_db_snapshot_attribute(
                DBSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=whom
            )
    whom = chance.choice(with_whom)
    databases.create_db_cluster_snapshot(DBClusterIdentifier="cluster", DBClusterSnapshotIdentifier="of-cluster")
    if whom:
        databases.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier="of-cluster", AttributeName="restore", ValuesToAdd=whom
        )


def or_none(call, *codes):
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise


def read_back(account, of):
    """What there is, told by the independent client."""
    yield from read_identity(account, of)
    yield from read_s3(account, of)
    for region in REGIONS:
        yield from read_kms(account, of, region)
        yield from read_functions(account, of, region)
        yield from read_queues(account, of, region)
        yield from read_others(account, of, region)
        yield from read_files_and_tables(account, of, region)
        yield from read_snapshots(account, of, region)


def record(account, kind, arn, region, **configuration):
    configuration = {name: value for name, value in configuration.items() if value not in (None, {}, [])}
    return {"account": account, "type": kind, "arn": arn, "region": region, "configuration": configuration}


def own_policies(kind, iam, name):
    attached = getattr(iam, f"list_attached_{kind}_policies")(**{f"{kind.title()}Name": name})["AttachedPolicies"]
    names = getattr(iam, f"list_{kind}_policies")(**{f"{kind.title()}Name": name})["PolicyNames"]
    get = getattr(iam, f"get_{kind}_policy")
    inline = {own: get(**{f"{kind.title()}Name": name, "PolicyName": own})["PolicyDocument"] for own in names}
    return {"attachedManagedPolicies": sorted(one["PolicyArn"] for one in attached), "inlinePolicies": inline}


def read_identity(account, of):
    iam = client(of, "iam")
    for role in iam.list_roles()["Roles"]:
        whole = iam.get_role(RoleName=role["RoleName"])["Role"]
        yield record(
            account,
            "AWS::IAM::Role",
            role["Arn"],
            "",
            trustPolicy=role["AssumeRolePolicyDocument"],
            permissionsBoundary=whole.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            tags={tag["Key"]: tag["Value"] for tag in whole.get("Tags", [])},
            **own_policies("role", iam, role["RoleName"]),
        )
    for user in iam.list_users()["Users"]:
        groups = iam.list_groups_for_user(UserName=user["UserName"])["Groups"]
        arns = sorted(group["Arn"] for group in groups)
        yield record(account, "AWS::IAM::User", user["Arn"], "", groups=arns, **own_policies("user", iam, user["UserName"]))
    for group in iam.list_groups()["Groups"]:
        yield record(account, "AWS::IAM::Group", group["Arn"], "", **own_policies("group", iam, group["GroupName"]))
    for managed in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=managed["Arn"], VersionId=managed["DefaultVersionId"])
        yield record(account, "AWS::IAM::ManagedPolicy", managed["Arn"], "", document=version["PolicyVersion"]["Document"])


def read_s3(account, of):
    for bucket in client(of, "s3").list_buckets()["Buckets"]:
        name = bucket["Name"]
        region = client(of, "s3").get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1"
        if region not in REGIONS:
            continue
        buckets = client(of, "s3", region)
        text = or_none(lambda: buckets.get_bucket_policy(Bucket=name)["Policy"], "NoSuchBucketPolicy")
        block = or_none(
            lambda: buckets.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
            "NoSuchPublicAccessBlockConfiguration",
        )
        controls = or_none(
            lambda: buckets.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"][0],
            "OwnershipControlsNotFoundError",
        )
        acl = buckets.get_bucket_acl(Bucket=name)
        grants = []
        for grant in acl["Grants"]:
            of_whom = grant["Grantee"]
            grantee = {"uri": of_whom["URI"]} if "URI" in of_whom else {"id": of_whom["ID"]}
            grants.append({"grantee": grantee, "permission": grant["Permission"]})
        yield record(
            account,
            "AWS::S3::Bucket",
            f"arn:aws:s3:::{name}",
            region,
            bucketPolicy=text and json.loads(text),
            bucketPublicAccessBlock=block and {key[0].lower() + key[1:]: value for key, value in block.items()},
            objectOwnership=controls and controls["ObjectOwnership"],
            bucketAclGrants=grants,
            ownerCanonicalId=acl["Owner"]["ID"],
        )


def read_kms(account, of, region):
    keys = client(of, "kms", region)
    for key in keys.list_keys()["Keys"]:
        text = keys.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
        grants = []
        for grant in sorted(keys.list_grants(KeyId=key["KeyId"])["Grants"], key=lambda grant: grant["GrantId"]):
            told = {"granteePrincipal": grant["GranteePrincipal"], "operations": grant["Operations"]}
            if grant.get("Constraints"):
                told["constraints"] = {"encryptionContextEquals": grant["Constraints"]["EncryptionContextEquals"]}
            grants.append(told)
        policies = {"default": json.loads(text)}
        yield record(account, "AWS::KMS::Key", key["KeyArn"], region, keyPolicies=policies, grants=grants)


def read_functions(account, of, region):
    functions_of = client(of, "lambda", region)
    for function in functions_of.list_functions()["Functions"]:
        name = function["FunctionName"]
        text = or_none(lambda: functions_of.get_policy(FunctionName=name)["Policy"], "ResourceNotFoundException")
        url = or_none(lambda: functions_of.get_function_url_config(FunctionName=name), "ResourceNotFoundException")
        urls = url and [{"authType": url["AuthType"], "functionUrl": url["FunctionUrl"]}]
        arn = function["FunctionArn"]
        policy_of = text and json.loads(text)
        yield record(account, "AWS::Lambda::Function", arn, region, functionPolicy=policy_of, functionUrls=urls)
        for alias in functions_of.list_aliases(FunctionName=name)["Aliases"]:
            of_alias = {"FunctionName": name, "Qualifier": alias["Name"]}
            text = or_none(lambda: functions_of.get_policy(**of_alias)["Policy"], "ResourceNotFoundException")
            url = or_none(lambda: functions_of.get_function_url_config(**of_alias), "ResourceNotFoundException")
            urls = url and [{"authType": url["AuthType"], "functionUrl": url["FunctionUrl"]}]
            if text or url:
                told = {"functionPolicy": text and json.loads(text), "functionUrls": urls}
                yield record(account, "AWS::Lambda::Function", f"{arn}:{alias['Name']}", region, **told)
        for version in functions_of.list_versions_by_function(FunctionName=name)["Versions"]:
            number = version["Version"]
            if number == "$LATEST":
                continue
            of_version = {"FunctionName": name, "Qualifier": number}
            text = or_none(lambda: functions_of.get_policy(**of_version)["Policy"], "ResourceNotFoundException")
            if text:
                told = {"functionPolicy": json.loads(text)}
                yield record(account, "AWS::Lambda::Function", f"{arn}:{number}", region, **told)
    for layer in functions_of.list_layers()["Layers"]:
        for version in functions_of.list_layer_versions(LayerName=layer["LayerName"])["LayerVersions"]:
            text = functions_of.get_layer_version_policy(LayerName=layer["LayerName"], VersionNumber=version["Version"])
            policy_of = json.loads(text["Policy"])
            arn = version["LayerVersionArn"]
            yield record(account, "AWS::Lambda::LayerVersion", arn, region, layerPolicy=policy_of)


def read_queues(account, of, region):
    queues_of = client(of, "sqs", region)
    for url in queues_of.list_queues().get("QueueUrls", []):
        attributes = queues_of.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        text = attributes.get("Policy")
        yield record(account, "AWS::SQS::Queue", attributes["QueueArn"], region, queuePolicy=text and json.loads(text))


def read_others(account, of, region):
    topics, secrets, repositories = (client(of, name, region) for name in ("sns", "secretsmanager", "ecr"))
    for topic in topics.list_topics()["Topics"]:
        text = topics.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"].get("Policy")
        yield record(account, "AWS::SNS::Topic", topic["TopicArn"], region, topicPolicy=text and json.loads(text))
    for secret in secrets.list_secrets()["SecretList"]:
        text = secrets.get_resource_policy(SecretId=secret["ARN"]).get("ResourcePolicy")
        policy_of = text and json.loads(text)
        yield record(account, "AWS::SecretsManager::Secret", secret["ARN"], region, secretPolicy=policy_of)
    for repository in repositories.describe_repositories()["repositories"]:
        name = repository["repositoryName"]
        text = or_none(
            lambda: repositories.get_repository_policy(repositoryName=name)["policyText"], "RepositoryPolicyNotFoundException"
        )
        policy_of = text and json.loads(text)
        yield record(account, "AWS::ECR::Repository", repository["repositoryArn"], region, repositoryPolicy=policy_of)


def read_files_and_tables(account, of, region):
    systems, tables, streams = (client(of, name, region) for name in ("efs", "dynamodb", "dynamodbstreams"))
    for system in systems.describe_file_systems()["FileSystems"]:
        name = system["FileSystemId"]
        text = or_none(lambda: systems.describe_file_system_policy(FileSystemId=name)["Policy"], "PolicyNotFound")
        policy_of = text and json.loads(text)
        yield record(account, "AWS::EFS::FileSystem", system["FileSystemArn"], region, fileSystemPolicy=policy_of)
    for name in tables.list_tables()["TableNames"]:
        arn = tables.describe_table(TableName=name)["Table"]["TableArn"]
        text = or_none(lambda: tables.get_resource_policy(ResourceArn=arn)["Policy"], "PolicyNotFoundException")
        yield record(account, "AWS::DynamoDB::Table", arn, region, tablePolicy=text and json.loads(text))
    # The emulator takes the label of a stream for the name of a table, and has no policy of any.
    for stream in streams.list_streams()["Streams"]:
        yield {**record(account, "AWS::DynamoDB::Stream", stream["StreamArn"], region), "unreadable": True}


def read_snapshots(account, of, region):
    volumes, databases = client(of, "ec2", region), client(of, "rds", region)
    for one in volumes.describe_snapshots(OwnerIds=["self"])["Snapshots"]:
        arn = f"arn:aws:ec2:{region}::snapshot/{one['SnapshotId']}"
        shared = volumes.describe_snapshot_attribute(SnapshotId=one["SnapshotId"], Attribute="createVolumePermission")
        shared = shared["CreateVolumePermissions"]
        told = {
            "userIds": sorted(entry["UserId"] for entry in shared if "UserId" in entry),
            "groups": sorted(entry["Group"] for entry in shared if "Group" in entry),
            "kmsKeyId": one.get("KmsKeyId", "unknown") if one["Encrypted"] else None,
        }
        yield record(account, "AWS::EC2::Snapshot", arn, region, **told)
    for one in databases.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]:
        answer = databases.describe_db_snapshot_attributes(DBSnapshotIdentifier=one["DBSnapshotIdentifier"])
        attributes = answer["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
        key = one.get("KmsKeyId", "unknown") if one["Encrypted"] else None
        told = {"attributes": restore(attributes), "kmsKeyId": key}
        yield record(account, "AWS::RDS::DBSnapshot", one["DBSnapshotArn"], region, **told)
    for one in databases.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]:
        name = one["DBClusterSnapshotIdentifier"]
        answer = databases.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier=name)
        attributes = answer["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"]
        key = one.get("KmsKeyId", "unknown") if one["StorageEncrypted"] else None
        told = {"attributes": restore(attributes), "kmsKeyId": key}
        yield record(account, "AWS::RDS::DBClusterSnapshot", one["DBClusterSnapshotArn"], region, **told)


def restore(attributes):
    lists = [sorted(one["AttributeValues"]) for one in attributes if one["AttributeName"] == "restore"]
    return {"restore": {"accountIds": lists[0]}} if lists and lists[0] else None


def read_organization():
    client_of = client(session(), "organizations")
    policies = {}
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        for summary in client_of.list_policies(Filter=kind)["Policies"]:
            targets = client_of.list_targets_for_policy(PolicyId=summary["Id"])["Targets"]
            document = json.loads(client_of.describe_policy(PolicyId=summary["Id"])["Policy"]["Content"])
            where = sorted(target["TargetId"] for target in targets)
            policies[summary["Id"]] = {"type": kind, "document": document, "targets": where}
    accounts = {}
    for account in client_of.list_accounts()["Accounts"]:
        accounts[account["Id"]] = client_of.list_parents(ChildId=account["Id"])["Parents"][0]["Id"]
    described = client_of.describe_organization()["Organization"]
    management = described["MasterAccountId"]
    return {"id": described["Id"], "managementAccount": management, "accounts": accounts, "policies": policies}


def main():
    members = organization()
    sessions = {"123456789012": session(), **{account: session(account) for account in members}}
    for account, of in sessions.items():
        seed(account, of)
    resources = [one for account, of in sessions.items() for one in read_back(account, of)]
    answer = {"organization": read_organization(), "secrets": SECRETS, "resources": resources}
    json.dump(answer, sys.stdout, indent=1, sort_keys=True)


main()
