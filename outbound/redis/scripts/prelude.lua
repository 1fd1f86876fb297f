-- What all scripts share. KEYS[1] is the prefix of every key; everything else
-- comes in ARGV. There is no cluster, so keys are made here.
local P = KEYS[1]
local call = redis.call
local META, TOLD, STATES, REFS = P .. 'meta', P .. 'told', P .. 'states', P .. 'refs'
local ACTIVATIONS, HEADS, RETRYING = P .. 'activations', P .. 'heads', P .. 'retrying'
local DISCARDS, REDELIVERING = P .. 'discards', P .. 'redelivering'
local TENANCY, UNCONFIRMED = P .. 'tenancy:records', P .. 'tenancy:pending'
local QUOTA, RESERVATIONS = P .. 'quota:used:', P .. 'quota:reservations:'
local ENDS, SETTLED = P .. 'quota:ends:', P .. 'quota:settled:'
local WRITERS, CHAIN, RECORDS = P .. 'audit:writers', P .. 'audit:chain:', P .. 'audit:records:'
local ALARMS, ALARM_VERSIONS, ALARMS_GONE = P .. 'alarms:records', P .. 'alarms:versions', P .. 'alarms:gone'
local LOG, LOG_OF = P .. 'audit:all', P .. 'audit:tenant:'

-- A queue that is due at once is filed under its time less this: below zero,
-- and so before everything that waits for a time, whatever anybody's clock says.
local AT_ONCE = 1e14

-- take returns the next argument.
local cursor = 0
local function take()
  cursor = cursor + 1
  return ARGV[cursor]
end

-- spread gives ARGV[from..to] to a command that takes many, a thousand at a time.
local function spread(command, key, list, from, to)
  local got
  for i = from, to, 1000 do
    got = call(command, key, unpack(list, i, math.min(i + 999, to)))
  end
  return got
end

-- token never repeats, not even if a failover has lost the counter's last value.
local function token(random)
  return string.format('%d-%s', call('HINCRBY', META, 'tokens', 1), random)
end

-- guard says why a leader's write is to fail, nil if it may be made.
local function guard(fence, epoch, sequence)
  local m = call('HMGET', META, 'fence', 'epoch', 'sequence')
  if m[1] ~= fence then
    return redis.error_reply('FENCED another controller leads')
  end
  if m[2] ~= epoch then
    return redis.error_reply('STALE the epoch is another')
  end
  if m[3] ~= sequence then
    return redis.error_reply('STALE the sequence number is another')
  end
end

-- holds says why a deliverer's write is to fail, nil if it may be made.
local function holds(partition, fence, subscription)
  if call('HGET', P .. 'partitions', partition) ~= fence then
    return redis.error_reply('FENCED partition ' .. partition .. ' has passed on')
  end
  if call('HEXISTS', ACTIVATIONS, subscription) == 0 then
    return redis.error_reply('NOTFOUND subscription ' .. subscription .. ' is not active')
  end
end

local function millis()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function digits(n) return string.format('%.0f', n) end

-- An entry begins with position, prior, post (unsigned, 8 bytes each) and the
-- time in milliseconds (signed): entry.go has the rest.
local function position(entry) return (struct.unpack('>I8', entry)) end
local function seen(entry) return (struct.unpack('>i8', entry, 25)) end

-- count adds by to what counts says of the states that an entry refers to.
local function count(counts, entry, by)
  local prior, post = struct.unpack('>I8I8', entry, 9)
  if prior > 0 then counts[prior] = (counts[prior] or 0) + by end
  if post > 0 then counts[post] = (counts[post] or 0) + by end
end

-- apply changes the numbers of references; a state without any is deleted.
local function apply(counts)
  for sequence, by in pairs(counts) do
    if by ~= 0 then
      local field = digits(sequence)
      if call('HINCRBY', REFS, field, by) <= 0 then
        call('HDEL', REFS, field)
        call('HDEL', STATES, field)
      end
    end
  end
end

-- known says which state that the entries refer to is not there, nil if all are.
local function known(counts)
  for sequence in pairs(counts) do
    if call('HEXISTS', REFS, digits(sequence)) == 0 then
      return redis.error_reply('STALE there is no state ' .. digits(sequence))
    end
  end
end

-- states returns the states counted, and the sequence numbers they are kept under.
local function states(counts)
  local sequences, found = {}, {}
  for sequence in pairs(counts) do sequences[#sequences + 1] = digits(sequence) end
  for i = 1, #sequences, 1000 do
    for _, state in ipairs(call('HMGET', STATES, unpack(sequences, i, math.min(i + 999, #sequences)))) do
      found[#found + 1] = state
    end
  end
  return sequences, found
end

-- forget drops what is known of attempts for the first entry.
local function forget(subscription)
  call('HDEL', P .. 'delivery:' .. subscription, 'attempts', 'first', 'next', 'nextms')
  call('SREM', RETRYING, subscription)
end

-- file files the queue by when it is due, and by how old its first entry is. It
-- returns how long the queue is.
local function file(subscription, partition)
  local queue = P .. 'queue:' .. subscription
  local head = call('LINDEX', queue, 0)
  if not head then
    call('ZREM', P .. 'ready:' .. partition, subscription)
    call('ZREM', HEADS, subscription)
    return 0
  end
  local now = millis()
  local due = tonumber(call('HGET', P .. 'delivery:' .. subscription, 'nextms') or 0)
  if due <= now then due = now - AT_ONCE end
  call('ZADD', P .. 'ready:' .. partition, digits(due), subscription)
  call('ZADD', HEADS, digits(seen(head)), subscription)
  return call('LLEN', queue)
end

-- part takes the first n entries out of a queue and lays the rest aside under
-- name, for sweep.
local function part(subscription, n, name)
  local queue = P .. 'queue:' .. subscription
  local length = call('LLEN', queue)
  if length <= n then return 0 end
  local kept = n > 0 and call('LPOP', queue, n) or {}
  call('RENAME', queue, name)
  call('SADD', DISCARDS, name)
  spread('RPUSH', queue, kept, 1, #kept)
  call('HINCRBY', META, 'entries', n - length)
  return length - n
end

-- claimed returns how many entries at the queue's head are claimed.
local function claimed(subscription)
  local up_to = tonumber(call('HGET', P .. 'delivery:' .. subscription, 'claimed') or 0)
  local n = 0
  while up_to > 0 do
    local entry = call('LINDEX', P .. 'queue:' .. subscription, n)
    if not entry or position(entry) > up_to then break end
    n = n + 1
  end
  return n
end

-- prepare writes into an empty store what every store has.
local function prepare(schema, incarnation, random)
  if call('HEXISTS', META, 'incarnation') == 1 then return end
  call('HSET', META, 'schema', schema, 'compatible', schema, 'incarnation', incarnation, 'sequence', 0, 'entries', 0, 'dead', 0)
  call('HSET', META, 'fence', token(random), 'epoch', token(random))
end

-- Amounts are numbers parted by spaces, in the order of o2.QuotaNames.
local function amounts(text)
  local list = {}
  for n in string.gmatch(text or '', '%S+') do list[#list + 1] = tonumber(n) end
  return list
end

local function spaced(list)
  local all = {}
  for i, n in ipairs(list) do all[i] = digits(tonumber(n)) end
  return table.concat(all, ' ')
end

-- plus adds, or with the sign -1 takes away. Nothing falls below 0, nor rises
-- beyond what is still an amount. Bytes are exact up to nine petabytes, and full
-- kilobytes up to a thousand times that.
local function plus(list, more, sign)
  local sum = {}
  for i = 1, math.max(#list, #more) do
    sum[i] = math.min(math.max((list[i] or 0) + sign * (more[i] or 0), 0), 2^62)
  end
  return sum
end

-- account returns what a tenant uses and has reserved, the version of that, and
-- how many reservations there are. Those that are over do not count, and are
-- dropped if drop is true: tally is to follow then.
local function account(tenant, drop)
  local a = call('HMGET', QUOTA .. tenant, 'used', 'reserved', 'version')
  local used, reserved = amounts(a[1]), amounts(a[2])
  local over = call('ZRANGEBYSCORE', ENDS .. tenant, '-inf', digits(millis()))
  for _, reservation in ipairs(over) do
    reserved = plus(reserved, amounts(call('HGET', RESERVATIONS .. tenant, reservation)), -1)
    if drop then
      call('HDEL', RESERVATIONS .. tenant, reservation)
      call('ZREM', ENDS .. tenant, reservation)
    end
  end
  local held = call('ZCARD', ENDS .. tenant) - (drop and 0 or #over)
  return used, reserved, a[3] or '', held
end

-- unreserve drops a reservation if it is there, and returns what is reserved then.
local function unreserve(tenant, reservation, reserved)
  local had = call('HGET', RESERVATIONS .. tenant, reservation)
  if not had then return reserved end
  call('HDEL', RESERVATIONS .. tenant, reservation)
  call('ZREM', ENDS .. tenant, reservation)
  return plus(reserved, amounts(had), -1)
end

-- tally keeps what a tenant uses and has reserved, under a new version.
local function tally(tenant, used, reserved, random)
  call('HSET', QUOTA .. tenant, 'used', spaced(used), 'reserved', spaced(reserved), 'version', token(random))
end
