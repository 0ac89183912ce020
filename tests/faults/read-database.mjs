// Prints all rows of run_events and runs of the embedded Postgres as JSON: node read-database.mjs <data directory>.
import fs from 'node:fs';
import path from 'node:path';
import postgres from 'postgres';

const directory = path.join(process.argv[2] ?? '', 'postgres');
const password = fs.readFileSync(path.join(directory, 'password'), 'utf8').trim();
const port = Number(fs.readFileSync(path.join(directory, 'cluster/postmaster.pid'), 'utf8').split('\n')[3]);
const sql = postgres({ host: '127.0.0.1', port, user: 'anyon', password, database: 'anyon', max: 1 });
const runs = await sql`select * from runs`;
const events = await sql`select run_id, kind, "offset"::float8 as "offset", bytes::float8 as bytes, payload from run_events order by run_id, "offset"`;
await sql.end();
process.stdout.write(JSON.stringify({ runs, events }));
