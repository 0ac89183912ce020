import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

export interface TestCertificate {
  /** Of the authority, in PEM: what a client trusts. */
  ca: string;
  /** Files with the certificate for these names and its key. */
  certFile: string;
  keyFile: string;
}

const openssl = (...args: string[]) => promisify(execFile)('openssl', args);
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** An authority of its own and a certificate by it, in a folder. Names may begin with `*.`. */
export async function certify(folder: string, names: readonly string[]): Promise<TestCertificate> {
  const [caKey, caFile, keyFile, certFile] = ['ca.key', 'ca.crt', 'site.key', 'site.crt'].map((name) => path.join(folder, name)) as [string, string, string, string];
  await openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Test authority', '-keyout', caKey, '-out', caFile);
  const alternatives = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
  await openssl('req', '-x509', ...newKey, '-CA', caFile, '-CAkey', caKey, '-days', '2', '-subj', '/CN=site', '-addext', alternatives, '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', keyFile, '-out', certFile);
  return { ca: await readFile(caFile, 'utf8'), certFile, keyFile };
}
