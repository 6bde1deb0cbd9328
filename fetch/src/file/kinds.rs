//! Policies that are found and not analysed: what kind they are, and why.

/// What carries a policy that grants nothing to anyone outside by itself, or is of a type that is not analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// Says what its own identities may do.
    Identity,
    /// A resource policy of a type that is not analysed.
    Resource(&'static str),
    /// A policy that takes away and never grants.
    Guard(&'static str),
}

/// Why such a policy is not analysed.
pub(super) fn why(carrier: Option<Carrier>) -> &'static str {
    match carrier {
        Some(Carrier::Guard(_)) => "only narrows what other policies grant, and is not analysed",
        _ => "is of a type that is not analysed",
    }
}

/// The types of CloudFormation with a policy in the property named, besides those that are analysed.
pub(super) fn cloudformation(name: &str) -> Option<Carrier> {
    Some(match name {
        "AWS::ApiGateway::RestApi" | "AWS::Serverless::Api" => Carrier::Resource("apigateway"),
        "AWS::ApiGateway::DomainNameV2" | "AWS::ApiGatewayV2::Api" | "AWS::Serverless::HttpApi" => {
            Carrier::Resource("apigateway")
        }
        "AWS::Backup::BackupVault" | "AWS::Backup::LogicallyAirGappedBackupVault" => {
            Carrier::Resource("backup-vault")
        }
        "AWS::CodeArtifact::Domain" | "AWS::CodeArtifact::Repository" => {
            Carrier::Resource("codeartifact")
        }
        "AWS::IoT::Policy" => Carrier::Resource("iot"),
        "AWS::Logs::ResourcePolicy" | "AWS::Logs::Destination" => Carrier::Resource("logs"),
        "AWS::CloudTrail::ResourcePolicy" => Carrier::Resource("other-cloudtrail"),
        "AWS::S3::AccessPoint" => Carrier::Resource("s3-access-point"),
        "AWS::S3Express::AccessPoint" => Carrier::Resource("s3-bucket"),
        "AWS::S3::MultiRegionAccessPointPolicy" => {
            Carrier::Resource("s3-multi-region-access-point")
        }
        "AWS::S3ObjectLambda::AccessPointPolicy" => Carrier::Resource("s3-object-lambda"),
        "AWS::S3Outposts::BucketPolicy" | "AWS::S3Outposts::AccessPoint" => {
            Carrier::Resource("s3-outposts")
        }
        "AWS::S3Tables::TableBucketPolicy" | "AWS::S3Tables::TablePolicy" => {
            Carrier::Resource("s3tables-bucket")
        }
        "AWS::EC2::VPCEndpoint" => Carrier::Guard("vpc-endpoint"),
        "AWS::Elasticsearch::Domain" | "AWS::OpenSearchService::Domain" => {
            Carrier::Resource("es-domain")
        }
        "AWS::OpenSearchServerless::AccessPolicy" => Carrier::Resource("opensearch-serverless"),
        "AWS::Events::EventBus" | "AWS::Events::EventBusPolicy" => Carrier::Resource("events-bus"),
        "AWS::ECR::RegistryPolicy"
        | "AWS::ECR::PublicRepository"
        | "AWS::ECR::RepositoryCreationTemplate" => Carrier::Resource("ecr-registry"),
        "AWS::EFS::AccessPoint" => Carrier::Resource("efs-access-point"),
        "AWS::Glacier::Vault" => Carrier::Resource("glacier-vault"),
        "AWS::Glue::ResourcePolicy" => Carrier::Resource("glue"),
        "AWS::Kinesis::ResourcePolicy" => Carrier::Resource("kinesis-stream"),
        "AWS::MediaStore::Container" => Carrier::Resource("mediastore"),
        "AWS::MSK::ClusterPolicy" => Carrier::Resource("msk-cluster"),
        "AWS::Organizations::Policy" | "AWS::Organizations::ResourcePolicy" => {
            Carrier::Guard("organizations")
        }
        "AWS::RAM::Permission" => Carrier::Resource("ram-permission"),
        "AWS::Redshift::Cluster" | "AWS::RedshiftServerless::Namespace" => {
            Carrier::Resource("redshift")
        }
        "AWS::SES::EmailIdentity" => Carrier::Resource("ses-identity"),
        "AWS::SSMIncidents::ResponsePlan" | "AWS::SSM::ResourcePolicy" => Carrier::Resource("ssm"),
        "AWS::VpcLattice::AuthPolicy" | "AWS::VpcLattice::ResourcePolicy" => {
            Carrier::Resource("vpc-lattice")
        }
        "AWS::XRay::ResourcePolicy" => Carrier::Resource("xray"),
        "AWS::SSO::PermissionSet" => Carrier::Identity,
        "AWS::IAM::Policy"
        | "AWS::IAM::ManagedPolicy"
        | "AWS::IAM::UserPolicy"
        | "AWS::IAM::RolePolicy"
        | "AWS::IAM::GroupPolicy"
        | "AWS::IAM::User"
        | "AWS::IAM::Group" => Carrier::Identity,
        _ => return None,
    })
}

/// The types of the AWS provider of Terraform that carry a policy and are not analysed.
pub(super) fn terraform(name: &str) -> Option<Carrier> {
    Some(match name {
        "aws_iam_policy"
        | "aws_iam_role_policy"
        | "aws_iam_user_policy"
        | "aws_iam_group_policy"
        | "aws_ssoadmin_permission_set_inline_policy" => Carrier::Identity,
        "aws_api_gateway_rest_api" | "aws_api_gateway_rest_api_policy" => {
            Carrier::Resource("apigateway")
        }
        "aws_backup_vault_policy" => Carrier::Resource("backup-vault"),
        "aws_codeartifact_domain_permissions_policy"
        | "aws_codeartifact_repository_permissions_policy" => Carrier::Resource("codeartifact"),
        "aws_iot_policy" => Carrier::Resource("iot"),
        "aws_cloudwatch_log_resource_policy" | "aws_cloudwatch_log_destination_policy" => {
            Carrier::Resource("logs")
        }
        "aws_s3control_multi_region_access_point_policy" => {
            Carrier::Resource("s3-multi-region-access-point")
        }
        "aws_s3control_object_lambda_access_point_policy" => Carrier::Resource("s3-object-lambda"),
        "aws_s3control_bucket_policy" => Carrier::Resource("s3-outposts"),
        "aws_s3tables_table_bucket_policy" | "aws_s3tables_table_policy" => {
            Carrier::Resource("s3tables-bucket")
        }
        "aws_vpc_endpoint" | "aws_vpc_endpoint_policy" => Carrier::Guard("vpc-endpoint"),
        "aws_elasticsearch_domain"
        | "aws_elasticsearch_domain_policy"
        | "aws_opensearch_domain"
        | "aws_opensearch_domain_policy" => Carrier::Resource("es-domain"),
        "aws_cloudwatch_event_bus_policy" | "aws_cloudwatch_event_permission" => {
            Carrier::Resource("events-bus")
        }
        "aws_ecr_registry_policy" | "aws_ecrpublic_repository_policy" => {
            Carrier::Resource("ecr-registry")
        }
        "aws_glacier_vault" | "aws_glacier_vault_lock" => Carrier::Resource("glacier-vault"),
        "aws_acmpca_policy" => Carrier::Resource("acm-pca"),
        "aws_cloudsearch_domain_service_access_policy" => Carrier::Resource("cloudsearch"),
        "aws_codebuild_resource_policy" => Carrier::Resource("codebuild"),
        "aws_networkfirewall_resource_policy" => Carrier::Resource("network-firewall"),
        "aws_oam_sink_policy" => Carrier::Resource("oam-sink"),
        "aws_sagemaker_model_package_group_policy" => Carrier::Resource("sagemaker"),
        "aws_schemas_registry_policy" => Carrier::Resource("event-schemas"),
        "aws_xray_resource_policy" => Carrier::Resource("xray"),
        "aws_glue_resource_policy" => Carrier::Resource("glue"),
        "aws_kinesis_resource_policy" => Carrier::Resource("kinesis-stream"),
        "aws_media_store_container_policy" => Carrier::Resource("mediastore"),
        "aws_msk_cluster_policy" => Carrier::Resource("msk-cluster"),
        "aws_organizations_policy" | "aws_organizations_resource_policy" => {
            Carrier::Guard("organizations")
        }
        "aws_redshift_resource_policy" => Carrier::Resource("redshift"),
        "aws_ses_identity_policy" | "aws_sesv2_email_identity_policy" => {
            Carrier::Resource("ses-identity")
        }
        "aws_vpclattice_auth_policy" | "aws_vpclattice_resource_policy" => {
            Carrier::Resource("vpc-lattice")
        }
        _ => return None,
    })
}
