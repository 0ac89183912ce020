// Makes the cluster at the first start, by the variables of the official image, then becomes the server's keeper: hands signals on and ends with it.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const { PGDATA: data = '', POSTGRES_PASSWORD: password, POSTGRES_USER: user = 'postgres', POSTGRES_DB: database = user } = process.env;

if (!fs.existsSync(path.join(data, 'PG_VERSION'))) makeCluster();
const server = spawn('postgres', ['-D', data, '-c', 'listen_addresses=*', '-c', 'unix_socket_directories=/run/postgresql'], { stdio: 'inherit' });
// "Fast": open connections are ended, everything is on the disk.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.kill('SIGINT'));
server.on('exit', (code) => process.exit(code ?? 1));

function makeCluster() {
  if (!password) {
    process.stderr.write('POSTGRES_PASSWORD is not set.\n');
    process.exit(1);
  }
  const file = '/tmp/password';
  fs.writeFileSync(file, password, { mode: 0o600 });
  try {
    execFileSync('initdb', ['-D', data, '-U', user, '--pwfile', file, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'], { stdio: 'inherit' });
  } finally {
    fs.rmSync(file);
  }
  fs.appendFileSync(path.join(data, 'pg_hba.conf'), '\nhost all all all scram-sha-256\n');
  if (database !== 'postgres') execFileSync('postgres', ['--single', '-D', data, '-j', 'postgres'], { input: `CREATE DATABASE "${database.replaceAll('"', '""')}"\n\n`, stdio: ['pipe', 'inherit', 'inherit'] });
}
