-- Every change to a job, an import or a prediction, each one atomic. EVENTS and FINAL, the tables of store/states.py, are put before
-- this text. A command names an event; the table says whether it may happen now, and the state that follows.
--
-- Every change made by a worker carries the token of its claim: a claim raises the token, so a worker that was
-- thought dead and comes back changes nothing (fencing). Deadlines are by this server's clock alone.

local job, history, metrics, evaluations, events, jobs, queue, resting, leases, sequence, counters, idempotency =
  unpack(KEYS)
local command, id, changes = ARGV[1], ARGV[2], ARGV[3]
local LOST = 'lost'

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function field(name)
  return redis.call('HGET', job, name)
end

local function count(what)
  redis.call('HINCRBY', counters, what, 1)
end

-- Into the lists of its state, and out of those of `from`. A queued job that rests is claimed `rest` ms later.
local function place(state, from, rest)
  if from then redis.call('ZREM', jobs .. ':' .. from, id) end
  redis.call('ZADD', jobs .. ':' .. state, 0, id)
  redis.call('HSET', job, 'state', state)
  redis.call('ZREM', queue, id)
  redis.call('ZREM', resting, id)
  if state == 'queued' and rest > 0 then
    redis.call('ZADD', resting, now() + rest, id)
  elseif state == 'queued' then
    redis.call('ZADD', queue, field('order'), id)
  end
end

-- `needs` is the key of another record, which is not deleted before this job has ended.
local function hold(state)
  local needs = field('needs')
  if needs then redis.call(FINAL[state] and 'SREM' or 'SADD', needs .. ':users', id) end
end

local function enter(state, from, reason, rest)
  place(state, from, rest or 0)
  hold(state)
  if FINAL[state] then redis.call('HSET', job, 'finished_at', now()) end
  redis.call('RPUSH', history, cjson.encode({from = from or cjson.null, to = state, at = now(), reason = reason,
    attempt = tonumber(field('token')), step = tonumber(field('step'))}))
  redis.call('PUBLISH', changes, id)
end

-- The state after `event`, or nil and the state that does not allow it.
local function move(event, reason, rest)
  local from = field('state')
  local to = from and EVENTS[event][from]
  if not to then return nil, from end
  enter(to, from, reason, rest)
  return to
end

local function holds(token)
  if field('token') == token and redis.call('ZSCORE', leases, id) then return true end
  count('refused')
  return false
end

local function let_go(event, reason, error, rest)
  redis.call('ZREM', leases, id)
  redis.call('HDEL', job, 'worker')
  if error ~= '' then redis.call('HSET', job, 'error', error) end
  return move(event, reason, rest)
end

-- `score` is an evaluation as JSON; of two that are as accurate the earlier is the best.
local function rate(score)
  local best = field('best')
  if best then
    local new, old = cjson.decode(score), cjson.decode(best)
    if new.accuracy < old.accuracy or new.accuracy == old.accuracy and new.step >= old.step then return end
  end
  redis.call('HSET', job, 'best', score)
end

local commands = {}

-- fields: JSON object of the record; reply: {id, "new"}, {id, "there"} where the id is known already, or, for a key
-- used before, {id, its fingerprint}; {id, "needs"} where what it needs is not there
function commands.submit(fields, priority, fingerprint, seconds)
  if redis.call('EXISTS', job) == 1 then return {id, 'there'} end
  local needs = cjson.decode(fields).needs
  if fingerprint ~= '' then
    local before = redis.call('GET', idempotency)
    if before then return {string.match(before, ' (.*)'), string.match(before, '[^ ]+')} end
  end
  if needs and redis.call('EXISTS', needs) == 0 then return {id, 'needs'} end
  if fingerprint ~= '' then redis.call('SET', idempotency, fingerprint .. ' ' .. id, 'EX', seconds) end
  for name, value in pairs(cjson.decode(fields)) do redis.call('HSET', job, name, value) end
  local order = redis.call('INCR', sequence) - tonumber(priority) * 2 ^ 40
  redis.call('HSET', job, 'created_at', now(), 'order', string.format('%.0f', order),
    'crashes', 0, 'step', 0)
  redis.call('HSETNX', job, 'token', 0)
  redis.call('ZADD', jobs, 0, id)
  enter('queued', nil, 'submitted')
  return {id, 'new'}
end

-- reply: the token, which is also the number of the attempt; or nil when somebody else was quicker
function commands.claim(worker, lease)
  if not EVENTS.claim[field('state')] then return nil end
  local token = redis.call('HINCRBY', job, 'token', 1)
  redis.call('HSETNX', job, 'started_at', now())
  redis.call('HSET', job, 'worker', worker)
  redis.call('ZADD', leases, now() + lease, id)
  move('claim', 'claimed by ' .. worker)
  count('claimed')
  return token
end

-- Renews the lease and writes what the trainer said. Records go to the place that their first step gives them,
-- so a repeated report changes nothing. reply: the state, by which cancel and pause arrive; or "lost"
function commands.report(token, lease, offset, records, fields, scores, news)
  if not holds(token) then return LOST end
  redis.call('ZADD', leases, now() + lease, id)
  if #records > 0 then redis.call('SETRANGE', metrics, offset, records) end
  for name, value in pairs(cjson.decode(fields)) do redis.call('HSET', job, name, value) end
  for step, score in pairs(cjson.decode(scores)) do
    redis.call('HSET', evaluations, step, score)
    rate(score)
  end
  for number, event in pairs(cjson.decode(news)) do
    event.at, event.attempt = now(), tonumber(token)
    redis.call('HSETNX', events, token .. ':' .. number, cjson.encode(event))
  end
  if #records + #fields + #news > 4 then redis.call('PUBLISH', changes, id) end
  return field('state')
end

-- The worker lets the job go: succeeded, failed or stopped. reply: the new state, or "lost"
function commands.finish(token, event, reason, error, rest)
  if not holds(token) then return LOST end
  if event == 'succeeded' then redis.call('HSET', job, 'run', token) end
  return let_go(event, reason, error, tonumber(rest)) or LOST
end

-- The trainer crashed: back into the queue after a pause that doubles, and failed when that has happened `limit`
-- times in a row without a new checkpoint.
function commands.crash(token, limit, reason, error, pause)
  if not holds(token) then return LOST end
  count('crashed')
  local checkpoint = tonumber(field('checkpoint')) or 0
  if checkpoint > (tonumber(field('crashed_at')) or -1) then redis.call('HSET', job, 'crashes', 0) end
  redis.call('HSET', job, 'crashed_at', checkpoint)
  local crashes = redis.call('HINCRBY', job, 'crashes', 1)
  if crashes >= tonumber(limit) then return let_go('failed', reason .. ', ' .. crashes .. ' times', error) end
  return let_go('lost', reason, '', pause * 2 ^ (crashes - 1))
end

-- reply: the state if the lease had run out, else nil
function commands.reap()
  local deadline = redis.call('ZSCORE', leases, id)
  if not deadline or tonumber(deadline) > now() then return nil end
  count('reaped')
  return let_go('lost', 'worker fell silent', '') or 'gone'
end

-- A job that has rested long enough may be claimed.
function commands.wake()
  local deadline = redis.call('ZSCORE', resting, id)
  if deadline and tonumber(deadline) <= now() then place('queued', nil, 0) end
end

-- cancel, pause, resume. reply: {"moved" or "refused" or "missing", the state}
function commands.ask(event, reason)
  local to, from = move(event, reason)
  if to then return {'moved', to} end
  return {from and 'refused' or 'missing', from or ''}
end

-- reply: "deleted", or the state that forbids it, or "used" while another needs it; nil when there is no such job
function commands.delete()
  local state = field('state')
  if not state then return nil end
  if not FINAL[state] then return state end
  if redis.call('SCARD', job .. ':users') > 0 then return 'used' end
  redis.call('DEL', job, history, metrics, evaluations, events)
  redis.call('ZREM', jobs, id)
  redis.call('ZREM', jobs .. ':' .. state, id)
  redis.call('PUBLISH', changes, id)
  return 'deleted'
end

-- The series of a job that has ended, and which lies on disk by now, is forgotten here in `seconds`.
function commands.archived(seconds)
  if FINAL[field('state')] then redis.call('EXPIRE', metrics, seconds) end
end

-- A record that Redis has lost, from what the disk kept of it. `token` is not below that of any run on the disk;
-- `step` and `records` are what a job that has not ended will go on from.
-- reply: its state, or nil when the record is here
function commands.restore(fields, told, scores, news, token, priority, step, records)
  if redis.call('EXISTS', job) == 1 then return nil end
  for name, value in pairs(cjson.decode(fields)) do redis.call('HSET', job, name, value) end
  for _, entry in ipairs(cjson.decode(told)) do redis.call('RPUSH', history, entry) end
  for step, score in pairs(cjson.decode(scores)) do redis.call('HSET', evaluations, step, score) end
  for number, event in pairs(cjson.decode(news)) do redis.call('HSET', events, number, event) end
  redis.call('HSET', job, 'token', token)
  redis.call('ZADD', jobs, 0, id)
  local number = tonumber(field('order')) + priority * 2 ^ 40
  if number > (tonumber(redis.call('GET', sequence)) or 0) then
    redis.call('SET', sequence, string.format('%.0f', number))
  end
  local state = field('state')
  place(state, nil, 0)
  hold(state)
  if not FINAL[state] then redis.call('HSET', job, 'step', step) end
  if not FINAL[state] and #records > 0 then redis.call('SET', metrics, records) end
  redis.call('HDEL', job, 'worker')
  count('restored')
  return move('lost', 'Redis lost its records; rebuilt from disk') or state
end

return commands[command](unpack(ARGV, 4))
