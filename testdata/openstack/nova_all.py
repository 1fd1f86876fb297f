"""Runs all of Nova in this process: conductor, scheduler, one compute for each host
and the API, each the daemon's own class. Arguments: configuration, file to create
once every host can take servers, hosts."""

import nova.monkey_patch  # noqa: F401, must be the first

import sys

import eventlet
import nova.conf
import os_vif
from nova import config, context, objects, service
from nova.compute import rpcapi as compute
from nova.conductor import rpcapi as conductor
from nova.objects import host_mapping
from nova.scheduler import rpcapi as scheduler
from nova.scheduler.client import report
from oslo_log import log as logging
from oslo_service import service as oslo_service

conf, ready_file, hosts = sys.argv[1], sys.argv[2], sys.argv[3:]
CONF = nova.conf.CONF
config.parse_args(["nova-all", "--config-file", conf])
logging.setup(CONF, "nova")
objects.register_all()
os_vif.initialize()
objects.Service.enable_min_version_cache()
launcher = oslo_service.ServiceLauncher(CONF, restart_method="mutate")
create = service.Service.create
launcher.launch_service(create(binary="nova-conductor", topic=conductor.RPC_TOPIC))
launcher.launch_service(create(binary="nova-scheduler", topic=scheduler.RPC_TOPIC))
for host in hosts:
    CONF.set_override("host", host)  # the fake driver names its node after it
    launcher.launch_service(create(host=host, binary="nova-compute", topic=compute.RPC_TOPIC))
CONF.clear_override("host")
launcher.launch_service(service.WSGIService("osapi_compute", use_ssl=False))


def has_inventory(client, host):
    """Tells whether Placement knows what the host has."""
    found = client.get("/resource_providers?name=" + host).json()["resource_providers"]
    return found and client.get("/resource_providers/%s/inventories" % found[0]["uuid"]).json()["inventories"]


def wait():
    """Maps every host to the cell and waits for its inventory."""
    admin, client, missing = context.get_admin_context(), report.report_client_singleton(), set(hosts)
    while missing:
        try:
            host_mapping.discover_hosts(admin)
            missing = {host for host in missing if not has_inventory(client, host)}
        except Exception as error:  # not all services start at once
            logging.getLogger("nova").warning("not ready yet: %s", error)
        eventlet.sleep(0.1)
    open(ready_file, "w").close()


eventlet.spawn_n(wait)
launcher.wait()
