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
  compiler: { define: { ANYON_WITHOUT_FAILPOINTS: true } }, // see server/failpoint.ts
  typescript: { ignoreBuildErrors: true }, // `npm run typecheck` is the check; the build does not repeat it
  serverExternalPackages: ['dockerode', 'docker-modem', 'nodemailer', 'postgres', 'pg-boss', 'pino', 'undici'],
};
