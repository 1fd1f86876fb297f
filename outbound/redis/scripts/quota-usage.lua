-- Returns what a tenant has: tenant. It writes nothing, so that a full server can
-- tell.
local used, reserved, version = account(ARGV[1], false)
return {spaced(used), spaced(reserved), version}
