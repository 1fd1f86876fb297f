package openstacktest

import (
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// settings are what the configurations differ in.
type settings struct {
	Password, Region, Driver, Paste, Home, Extra string
	TokenSeconds                                 int
	Keystone, Placement, Nova, Stub              int // ports
}

// configuration is every file, each after a line with its name. Paths of databases
// are relative: a stack starts with a copy of them elsewhere.
const configuration = `=== keystone.conf
[DEFAULT]
use_stderr = true
[database]
connection = sqlite:///db/keystone.db
[token]
provider = fernet
expiration = {{.TokenSeconds}}
allow_expired_window = 0
[fernet_tokens]
key_repository = {{.Home}}/fernet
max_active_keys = 2
[credential]
key_repository = {{.Home}}/credential
[cache]
enabled = true
backend = oslo_cache.dict
[identity]
password_hash_rounds = 4
[catalog]
driver = templated
template_file = {{.Home}}/catalog
=== catalog
{{range $kind := .Interfaces -}}
catalog.{{$.Region}}.identity.{{$kind}}URL = http://127.0.0.1:{{$.Keystone}}/v3
catalog.{{$.Region}}.compute.{{$kind}}URL = http://127.0.0.1:{{$.Nova}}/v2.1
catalog.{{$.Region}}.placement.{{$kind}}URL = http://127.0.0.1:{{$.Placement}}
catalog.{{$.Region}}.image.{{$kind}}URL = http://127.0.0.1:{{$.Stub}}
catalog.{{$.Region}}.network.{{$kind}}URL = http://127.0.0.1:{{$.Stub}}
{{end -}}
catalog.{{.Region}}.identity.name = keystone
catalog.{{.Region}}.compute.name = nova
catalog.{{.Region}}.placement.name = placement
catalog.{{.Region}}.image.name = glance
catalog.{{.Region}}.network.name = neutron
=== placement.conf
[DEFAULT]
use_stderr = true
[api]
auth_strategy = keystone
[placement_database]
connection = sqlite:///db/placement.db
{{template "token" .}}
=== nova.conf
[DEFAULT]
transport_url = fake://
host = nova
compute_driver = {{.Driver}}
state_path = {{.Home}}/state
instances_path = {{.Home}}/state/instances
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = {{.Nova}}
osapi_compute_workers = 1
enabled_apis = osapi_compute
periodic_fuzzy_delay = 0
report_interval = 5
service_down_time = 60
use_stderr = true
[api]
auth_strategy = keystone
[wsgi]
api_paste_config = {{.Paste}}
[api_database]
connection = sqlite:///db/nova_api.db
[database]
connection = sqlite:///db/nova_cell1.db
{{template "token" .}}
[service_user]
send_service_user_token = false
[keystone]
region_name = {{.Region}}
[placement]
{{template "login" .}}
[neutron]
{{template "login" .}}
[glance]
api_servers = http://127.0.0.1:{{.Stub}}
num_retries = 0
[cinder]
os_region_name = {{.Region}}
[vnc]
enabled = false
[oslo_concurrency]
lock_path = {{.Home}}/state
[oslo_policy]
enforce_scope = false
enforce_new_defaults = false
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 10
[filter_scheduler]
track_instance_changes = true
[conductor]
workers = 1
{{.Extra}}
{{define "token"}}[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:{{.Keystone}}/v3
service_token_roles_required = false
token_cache_time = 1
{{template "who" .}}{{end -}}
{{define "login"}}region_name = {{.Region}}
{{template "who" .}}{{end -}}
{{define "who"}}auth_url = http://127.0.0.1:{{.Keystone}}/v3
auth_type = password
username = svc
password = {{.Password}}
project_name = service
user_domain_id = default
project_domain_id = default{{end}}
`

var files = template.Must(template.New("").Parse(configuration))

// Interfaces are those that the catalog has.
func (settings) Interfaces() []string { return []string{"public", "internal", "admin"} }

// write puts the files into s.Home.
func (s settings) write() error {
	var all strings.Builder
	if err := files.Execute(&all, s); err != nil {
		return err
	}
	for _, part := range strings.Split("\n"+all.String(), "\n=== ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		if err := os.WriteFile(filepath.Join(s.Home, name), []byte(text+"\n"), 0o600); err != nil {
			return err
		}
	}
	return os.MkdirAll(filepath.Join(s.Home, "state", "instances"), 0o700)
}
