-- Queues dead letters again, and entries behind them: fence, epoch, sequence,
-- subscription, partition, the number of dead letters, their positions, entries.
-- Returns the last sequence number drawn.
local refused = guard(take(), take(), ARGV[3])
if refused then return refused end
local sequence, subscription, partition = tonumber(take()), take(), take()
if call('HEXISTS', ACTIVATIONS, subscription) == 0 then
  return redis.error_reply('NOTFOUND subscription ' .. subscription .. ' is not active')
end
local letters, redeliver = P .. 'dead:' .. subscription, P .. 'redeliver:' .. subscription
local asked = {}
for _ = 1, tonumber(take()) do asked[#asked + 1] = take() end
local counts = {}
for i = cursor + 1, #ARGV do count(counts, ARGV[i], 1) end
refused = known(counts)
if refused then return refused end

local moved = {}
for _, at in ipairs(asked) do
  local letter = call('ZRANGEBYSCORE', letters, at, at)[1]
  if letter then
    moved[#moved + 1] = letter
    call('ZREM', letters, letter)
    call('SREM', redeliver, at)
  end
end
table.sort(moved, function(a, b) return position(a) < position(b) end)
call('HINCRBY', META, 'dead', -#moved)
if call('SCARD', redeliver) == 0 then call('SREM', REDELIVERING, subscription) end

local entries = {}
for _, letter in ipairs(moved) do
  sequence = sequence + 1
  -- What follows an entry's own length is of the dead letter alone.
  local entry = string.sub(letter, 1, 80 + string.byte(letter, 48))
  entries[#entries + 1] = struct.pack('>I8', sequence) .. string.sub(entry, 9)
end
for i = cursor + 1, #ARGV do
  sequence = sequence + 1
  local drawn = struct.pack('>I8', sequence)
  entries[#entries + 1] = drawn .. string.sub(ARGV[i], 9, 32) .. drawn .. string.sub(ARGV[i], 41)
end
spread('RPUSH', P .. 'queue:' .. subscription, entries, 1, #entries)
apply(counts)
call('HINCRBY', META, 'entries', #entries)
call('HSET', META, 'sequence', digits(sequence))
file(subscription, partition)
return digits(sequence)
