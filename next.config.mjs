import { buildHash } from './scripts/setup/source-hash.mjs';

/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  reactStrictMode: true,
  // Nothing leaves the machine during a build or a start: agentRules, agentUpgrade.
  agentRules: false,
  // A page or route is loaded when somebody asks for it first: all of them together take 11 MB, and most are seldom asked for.
  experimental: { agentUpgrade: false, preloadEntriesOnStart: false },
  images: { unoptimized: true },
  compiler: { define: { ANYON_WITHOUT_FAILPOINTS: true, ANYON_BUILD: buildHash() } }, // see server/failpoint.ts, contract/build.ts
  typescript: { ignoreBuildErrors: true }, // `npm run typecheck` is the check; the build does not repeat it
  serverExternalPackages: ['dockerode', 'docker-modem', 'nodemailer', 'postgres', 'pg-boss', 'pino', 'undici'],
};
