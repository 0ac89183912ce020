import fs from 'node:fs';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';

/** Debian's place for certificates that an administrator added. */
const MACHINE_CERTIFICATES = '/usr/local/share/ca-certificates';

/**
 * The extra CA certificates that image builds and containers must trust (a company's TLS proxy): those of ANYON_EXTRA_CA_CERTS
 * (a .crt or .pem file, or a directory of them), else those this machine itself was given.
 * @returns {{name: string, content: Buffer}[]} sorted; names end in .crt because update-ca-certificates takes nothing else
 */
export function extraCertificates(setting) {
  const source = setting || MACHINE_CERTIFICATES;
  if (!fs.existsSync(source)) {
    if (!setting) return [];
    throw new SetupFailure(`ANYON_EXTRA_CA_CERTS names ${setting}, which does not exist.`, 'Name a .crt or .pem file, or a directory of them.');
  }
  const files = fs.statSync(source).isDirectory() ? certificatesIn(source) : [source];
  const certificates = files.map((file) => readCertificate(file));
  if (setting && certificates.length === 0) throw new SetupFailure(`ANYON_EXTRA_CA_CERTS names ${setting}, which holds no .crt or .pem file.`);
  return certificates;
}

/** Writes them into a directory (made if absent), readable by all. */
export function writeCertificates(certificates, directory) {
  fs.mkdirSync(directory, { recursive: true });
  for (const { name, content } of certificates) fs.writeFileSync(path.join(directory, name), content, { mode: 0o644 });
}

function certificatesIn(directory) {
  return fs
    .readdirSync(directory, { recursive: true })
    .filter((name) => /\.(crt|pem)$/.test(name))
    .sort()
    .map((name) => path.join(directory, name));
}

function readCertificate(file) {
  const content = fs.readFileSync(file);
  if (!content.includes('-----BEGIN CERTIFICATE-----')) throw new SetupFailure(`${file} holds no certificate in PEM form.`, 'Convert it: openssl x509 -inform der -in FILE -out FILE.crt');
  return { name: `${path.basename(file).replace(/\.(crt|pem)$/, '').replace(/[^A-Za-z0-9._-]/g, '_')}.crt`, content };
}
