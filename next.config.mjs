import { buildHash } from './scripts/setup/source-hash.mjs';

/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  reactStrictMode: true,
  // Nothing leaves the machine during a build or a start.
  agentRules: false,
  experimental: { agentUpgrade: false },
  images: { unoptimized: true },
  compiler: { define: { ANYON_WITHOUT_FAILPOINTS: true, ANYON_BUILD: buildHash() } }, // see server/failpoint.ts, contract/build.ts
  typescript: { ignoreBuildErrors: true }, // `npm run typecheck` is the check; the build does not repeat it
  serverExternalPackages: ['dockerode', 'docker-modem', 'nodemailer', 'postgres', 'pg-boss', 'pino', 'undici'],
};
