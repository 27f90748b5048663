-- Every change to a job, each one atomic. EVENTS and FINAL, the tables of store/states.py, are put before this
-- text. A command names an event; the table says whether it may happen now, and the state that follows.
--
-- Every change made by a worker carries the token of its claim: a claim raises the token, so a worker that was
-- thought dead and comes back changes nothing (fencing). Deadlines are by this server's clock alone.

local job, history, metrics, evaluations, jobs, queue, leases, sequence, idempotency = unpack(KEYS)
local command, id, changes = ARGV[1], ARGV[2], ARGV[3]
local LOST = 'lost'

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function enter(state, from, reason)
  if from then redis.call('ZREM', jobs .. ':' .. from, id) end
  redis.call('ZADD', jobs .. ':' .. state, 0, id)
  redis.call('HSET', job, 'state', state)
  if state == 'queued' then
    redis.call('ZADD', queue, redis.call('HGET', job, 'order'), id)
  else
    redis.call('ZREM', queue, id)
  end
  if FINAL[state] then redis.call('HSET', job, 'finished_at', now()) end
  local attempt = tonumber(redis.call('HGET', job, 'attempt'))
  redis.call('RPUSH', history, cjson.encode(
    {from = from or cjson.null, to = state, at = now(), reason = reason, attempt = attempt}))
  redis.call('PUBLISH', changes, id)
end

-- The state after `event`, or nil and the state that does not allow it.
local function move(event, reason)
  local from = redis.call('HGET', job, 'state')
  local to = from and EVENTS[event][from]
  if not to then return nil, from end
  enter(to, from, reason)
  return to
end

local function holds(token)
  return redis.call('HGET', job, 'token') == token and redis.call('ZSCORE', leases, id)
end

local function let_go(event, reason, error)
  redis.call('ZREM', leases, id)
  redis.call('HDEL', job, 'worker')
  if error ~= '' then redis.call('HSET', job, 'error', error) end
  return move(event, reason)
end

local commands = {}

-- fields: JSON object of the record; reply: {id, "new"} or, for a key used before, {id, its fingerprint}
function commands.submit(fields, priority, fingerprint, seconds)
  if fingerprint ~= '' then
    local before = redis.call('GET', idempotency)
    if before then return {string.match(before, ' (.*)'), string.match(before, '[^ ]+')} end
    redis.call('SET', idempotency, fingerprint .. ' ' .. id, 'EX', seconds)
  end
  for name, value in pairs(cjson.decode(fields)) do redis.call('HSET', job, name, value) end
  local order = redis.call('INCR', sequence) - tonumber(priority) * 2 ^ 40
  redis.call('HSET', job, 'created_at', now(), 'order', string.format('%.0f', order),
    'attempt', 0, 'crashes', 0, 'token', 0, 'step', 0)
  redis.call('ZADD', jobs, 0, id)
  enter('queued', nil, 'submitted')
  return {id, 'new'}
end

-- reply: {token, attempt}, or nil when somebody else was quicker
function commands.claim(worker, lease)
  if not EVENTS.claim[redis.call('HGET', job, 'state')] then return nil end
  local token, attempt = redis.call('HINCRBY', job, 'token', 1), redis.call('HINCRBY', job, 'attempt', 1)
  redis.call('HSETNX', job, 'started_at', now())
  redis.call('HSET', job, 'worker', worker)
  redis.call('ZADD', leases, now() + lease, id)
  move('claim', 'claimed by ' .. worker)
  return {token, attempt}
end

-- Renews the lease and writes what the trainer said. Records go to the place that their first step gives them,
-- so a repeated report changes nothing. reply: the state, by which cancel and pause arrive; or "lost"
function commands.report(token, lease, offset, records, fields, scores)
  if not holds(token) then return LOST end
  redis.call('ZADD', leases, now() + lease, id)
  if #records > 0 then redis.call('SETRANGE', metrics, offset, records) end
  for name, value in pairs(cjson.decode(fields)) do redis.call('HSET', job, name, value) end
  for step, score in pairs(cjson.decode(scores)) do redis.call('HSET', evaluations, step, score) end
  if #records > 0 or #fields > 2 then redis.call('PUBLISH', changes, id) end
  return redis.call('HGET', job, 'state')
end

-- The worker lets the job go: succeeded, failed or stopped. reply: the new state, or "lost"
function commands.finish(token, event, reason, error)
  if not holds(token) then return LOST end
  return let_go(event, reason, error) or LOST
end

-- The trainer crashed: back into the queue, and failed when that has happened too often.
function commands.crash(token, limit, reason, error)
  if not holds(token) then return LOST end
  local crashes = redis.call('HINCRBY', job, 'crashes', 1)
  if crashes >= tonumber(limit) then return let_go('failed', reason .. ', ' .. crashes .. ' times', error) end
  return let_go('lost', reason, '')
end

-- reply: the state if the lease had run out, else nil
function commands.reap()
  local deadline = redis.call('ZSCORE', leases, id)
  if not deadline or tonumber(deadline) > now() then return nil end
  return let_go('lost', 'worker fell silent', '') or 'gone'
end

-- cancel, pause, resume. reply: {"moved" or "refused" or "missing", the state}
function commands.ask(event, reason)
  local to, from = move(event, reason)
  if to then return {'moved', to} end
  return {from and 'refused' or 'missing', from or ''}
end

-- reply: "deleted", or the state that forbids it, or nil when there is no such job
function commands.delete()
  local state = redis.call('HGET', job, 'state')
  if not state then return nil end
  if not FINAL[state] then return state end
  redis.call('DEL', job, history, metrics, evaluations)
  redis.call('ZREM', jobs, id)
  redis.call('ZREM', jobs .. ':' .. state, id)
  redis.call('PUBLISH', changes, id)
  return 'deleted'
end

return commands[command](unpack(ARGV, 4))
