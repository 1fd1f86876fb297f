"""Makes Keystone's database and keys: the users admin and svc, who may do
everything, and demo, who may not. Arguments: configuration, user, group, password."""

import os
import sys

from keystone.cmd import cli

conf, user, group, password = sys.argv[1:]
OWNER = ["--keystone-user", user, "--keystone-group", group]
COMMANDS = [["db_sync"], ["fernet_setup"] + OWNER, ["credential_setup"] + OWNER]
for name, project, role in (
    ("admin", "admin", "admin"),
    ("svc", "service", "service"),
    ("svc", "service", "admin"),
    ("demo", "demo", "member"),
):
    COMMANDS.append([
        "bootstrap", "--bootstrap-username", name, "--bootstrap-password", password,
        "--bootstrap-project-name", project, "--bootstrap-role-name", role,
    ])
# Importing takes seconds, and a process can read its configuration once: so each
# command is run in a fork.
for command in COMMANDS:
    pid = os.fork()
    if pid == 0:
        cli.main(argv=["keystone-manage", "--config-file", conf] + command, developer_config_file=None)
        sys.stderr.flush()
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        sys.exit("keystone-manage %s failed" % command[0])
