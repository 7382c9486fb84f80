// graphile-worker, measured as Jobgrid is: workers connected and waiting before the clock starts, and the clock stops
// when the database has nothing left. The server is the one that PGHOST, PGPORT, PGUSER and PGDATABASE name.
//
//   graphile.mjs drain JOBS PROCESSES CONCURRENCY BATCH   prints jobs per second for JOBS pre-queued no-ops
//   graphile.mjs wake SAMPLES                             prints a line a sample: COMMIT sent to task called, in ms
//
// Fetching and completing in batches of BATCH is its fastest configuration. It deletes what is done: no history.
import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';

const { PGHOST, PGPORT, PGUSER, PGDATABASE } = process.env;
const connectionString =
  `postgres://${PGUSER}@localhost/${PGDATABASE}?host=${encodeURIComponent(PGHOST)}&port=${PGPORT}`;
const logger = new Logger(() => () => {});
const jobs = 'graphile_worker._private_jobs';

const secondsSince = (moment) => Number(process.hrtime.bigint() - moment) / 1e9;

async function connect() {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

async function ask(client, sql) {
  const { rows } = await client.query(sql);
  return Object.values(rows[0])[0];
}

async function until(limit, question) {
  const began = process.hrtime.bigint();
  while (!(await question())) {
    if (secondsSince(began) > limit) throw new Error(`still not true after ${limit} s: ${question}`);
    await sleep(20);
  }
}

async function enqueue(count) {
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  for (let left = count; left > 0; left -= 10000)
    await utils.addJobs(Array.from({ length: Math.min(10000, left) }, () => ({ identifier: 'noop', payload: {} })));
  await utils.release();
}

async function work(concurrentJobs, size) {
  await run({
    logger,
    taskList: { noop: async () => {} },
    preset: {
      worker: {
        connectionString, concurrentJobs, maxPoolSize: concurrentJobs + 4,
        localQueue: { size, refetchDelay: { durationMs: 10 } }, completeJobBatchDelay: 0, failJobBatchDelay: 0,
      },
    },
  });
}

// The lock lets the workers come as far as their first fetch and no further.
async function drain(count, processes, concurrency, batch) {
  await enqueue(count);
  const client = await connect();
  const watcher = await connect();
  await client.query(`vacuum analyze ${jobs}`);
  const last = await ask(client, `select max(id) from ${jobs}`);
  await client.query(`begin; lock table ${jobs} in access exclusive mode`);
  const arguments_ = ['work', concurrency, batch].map(String);
  const workers = Array.from({ length: processes }, () => fork(fileURLToPath(import.meta.url), arguments_));
  await until(30, () => ask(watcher,
    `select count(distinct pid) >= ${processes} from pg_locks where not granted and relation = '${jobs}'::regclass`));
  await sleep(1000);

  const began = process.hrtime.bigint();
  await client.query('commit');
  await until(280, () => ask(watcher, `select not exists (select from ${jobs} where id = ${last})
    and not exists (select from ${jobs})`));
  console.log((count / secondsSince(began)).toFixed(1));
  for (const worker of workers) worker.kill('SIGKILL');
}

async function wake(samples) {
  let started;
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  const client = await connect();
  await run({
    logger,
    taskList: { ping: async () => started(process.hrtime.bigint()) },
    preset: { worker: { connectionString, concurrentJobs: 1 } },
  });
  await sleep(1000);
  for (let i = 0; i < samples; i++) {
    const arrival = new Promise((resolve) => { started = resolve; });
    await sleep(15 + (i * 7) % 10);
    await client.query("begin; select graphile_worker.add_job('ping')");
    const began = process.hrtime.bigint();
    await Promise.all([client.query('commit'), arrival]);
    console.log((Number(await arrival - began) / 1e6).toFixed(4));
  }
}

const [what, ...numbers] = process.argv.slice(2);
const roles = { drain, wake, work };
if (!roles[what]) throw new Error(`graphile.mjs: no "${what}"`);
await roles[what](...numbers.map(Number));
if (what !== 'work') process.exit(0);
