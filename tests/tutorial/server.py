"""moto's server, with some things of AWS that it leaves out: CloudFormation's `ManageMasterUserPassword`, by which RDS
keeps a password in a secret; the time at which a version of a secret was made (moto: always now, so no version ever gets
old enough for a service's `debounce`); the history of a service, empty here, as no rollout fails; tasks that run."""

import json
import os

from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.rds.models import DBInstance
from moto.secretsmanager.models import SecretsManagerBackend
from moto.server import main

os.environ["MOTO_ECS_SERVICE_RUNNING"] = "2"
SECRET = "MasterUserSecret.SecretArn"
_has, _get = DBInstance.has_cfn_attr.__func__, DBInstance.get_cfn_attribute
_create = DBInstance.create_from_cloudformation_json.__func__
_list = SecretsManagerBackend.list_secret_version_ids


def create(cls, name, template, account_id, region_name, **more):
    made = _create(cls, name, template, account_id, region_name, **more)
    if template["Properties"].get("ManageMasterUserPassword"):
        made.backend.modify_db_instance(made.db_instance_identifier, {"manage_master_user_password": True})
    return made


def list_versions(self, secret_id):
    listed, held = json.loads(_list(self, secret_id)), self.secrets[secret_id].versions
    for version in listed["Versions"]:
        version["CreatedDate"] = held[version["VersionId"]]["createdate"]
    return json.dumps(listed)


DBInstance.create_from_cloudformation_json = classmethod(create)
DBInstance.has_cfn_attr = classmethod(lambda cls, name: name == SECRET or _has(cls, name))
DBInstance.get_cfn_attribute = lambda self, name: self.master_user_secret.secret_arn if name == SECRET else _get(self, name)
SecretsManagerBackend.list_secret_version_ids = list_versions
EC2ContainerServiceResponse.list_service_deployments = lambda self: ActionResult({"serviceDeployments": []})

main()
