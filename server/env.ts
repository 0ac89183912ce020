import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { AnyonError } from '@/server/errors';
import { previewAddress, previewProblems, type PreviewAddress } from '@/server/preview-settings';
import { processState } from '@/server/process-state';

/**
 * The only file that reads `process.env`. Values are parsed once per process; every problem is named at once,
 * each with the variable and what it should be.
 */
const port = z.coerce.number().int().min(1).max(65535);
const bytes = z.coerce.number().int().positive();
const patience = z.coerce.number().min(1).max(86_400);
const optionalText = z.string().min(1).optional();

const schema = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('production'),
  ANYON_DEPLOYMENT_MODE: z.enum(['local', 'cloud']).default('local'),
  ANYON_DATA_DIR: z.string().startsWith('/').optional(),
  ANYON_TEMP_DIR: z.string().startsWith('/').optional(),
  ANYON_CLOUD_BASE_DIR: z.string().startsWith('/').default('/var/opt/anyon'),
  ANYON_LOG_FILE: z.string().startsWith('/').optional(),
  ANYON_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Public address of the product; the browser uses it and OAuth redirects are built from it. */
  ANYON_URL: z.url().optional(),
  ANYON_HOST: z.string().default('127.0.0.1'),
  ANYON_PORT: port.default(3000),
  /** Port of the previews of web servers in workspaces; default the one above ANYON_PORT. */
  ANYON_PREVIEW_PORT: port.optional(),
  /** Address below which every preview has a host of its own (https://preview.example.com; its DNS and certificate are for *.preview.example.com). */
  ANYON_PREVIEW_URL: z.url().optional(),
  DATABASE_URL: optionalText,
  ANYON_POSTGRES_PORT: port.default(5433),
  DOCKER_HOST: optionalText,
  /** Separates the objects of several installs on one engine; part of every label. */
  ANYON_INSTANCE: z.string().regex(/^[a-z0-9-]{1,32}$/).default('anyon'),
  ANYON_CLOUD_IMAGE: z.string().min(1).default('anyon-claude:latest'),
  ANYON_DOCKER_USER: z.coerce.number().int().min(1).default(1000),
  ANYON_SIMULATOR_URL: z.url().optional(),
  ANYON_SIMULATOR_PORT: port.default(9000),
  ANYON_MIN_FREE_BYTES: bytes.default(1024 * 1024 * 1024),
  /** Workspace tasks that are carried out at the same time. */
  ANYON_WORKERS: z.coerce.number().int().min(1).max(32).default(3),
  /** Memory kept free for the system, Postgres and Anyon itself. */
  ANYON_MEMORY_RESERVE_BYTES: bytes.default(2 * 1024 * 1024 * 1024),
  /** How many times over memory is promised to live runs: 2 counts each with half of its limit. */
  ANYON_MEMORY_OVERCOMMIT: z.coerce.number().min(1).max(100).default(2),
  /** For new workspaces whose creator chose nothing; 0 means never. */
  ANYON_IDLE_STOP_MINUTES: z.coerce.number().int().min(0).default(0),
  /** A terminal that nobody looks at for so long ends. */
  ANYON_TERMINAL_IDLE_HOURS: z.coerce.number().int().min(1).max(720).default(12),
  /** How long the work of a deleted workspace is kept. */
  ANYON_BUNDLE_KEEP_DAYS: z.coerce.number().int().min(0).max(3650).default(30),
  /** The watchdog (docs/decisions/0023-watchdog.md). Claude Code has not written a line since it was started: said on the run. */
  ANYON_WATCHDOG_NO_OUTPUT_SECONDS: patience.default(60),
  /** No line in mid-run, and nothing that explains it: said on the run. */
  ANYON_WATCHDOG_SILENCE_SECONDS: patience.default(180),
  /** Silence goes on for so long after it was said: Claude is interrupted and asked to go on. */
  ANYON_WATCHDOG_NUDGE_SECONDS: patience.default(480),
  /** Still nothing, so long after that: its process is ended and Claude Code started again in the same session. */
  ANYON_WATCHDOG_RESTART_SECONDS: patience.default(120),
  /** The result is there and the process is, too: said on the run. */
  ANYON_WATCHDOG_LINGERING_SECONDS: patience.default(20),
  /** It is still there, so long after that: it is ended; the result counts. */
  ANYON_WATCHDOG_END_SECONDS: patience.default(40),
  /** A question has been open for so long: said on the run, nothing else. */
  ANYON_WATCHDOG_ANSWER_SECONDS: patience.default(900),
  /** A tool has been at work without a word for so long: said on the run, nothing else. */
  ANYON_WATCHDOG_TOOL_SECONDS: patience.default(1800),
  /** Range out of which every workspace's network gets its own /28: room for 4,096 in a /16. */
  ANYON_ADDRESS_POOL: z.string().regex(/^\d{1,3}(\.\d{1,3}){3}\/(1[0-9]|2[0-4])$/, 'must be an IPv4 range from /10 to /24, such as 10.213.0.0/16').default('10.213.0.0/16'),
  /** `off` leaves the host's firewall alone: workspaces then reach services of this machine, and the system check says so. */
  ANYON_FIREWALL: z.enum(['on', 'off']).default('on'),
  ANYON_EGRESS_PORT: port.default(9001),
  /** Where containers find the egress proxy; set by the parent. */
  ANYON_EGRESS_URL: z.url().optional(),
  /** Of new workspaces whose creator chose nothing. */
  ANYON_EGRESS_DEFAULT: z.enum(['none', 'allow-list', 'open']).default('open'),
  /** Private destinations every workspace may reach through the proxy, as host:port, separated by commas. Admins add more on the System page. */
  ANYON_EGRESS_PRIVATE: z.string().default(''),
  /** Runtime for every container, by the name the engine knows it by (runsc, sysbox-runc); absent: the engine's default. Never falls back. */
  ANYON_CONTAINER_RUNTIME: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/).optional(),
  /** `auto`: where the file system can; `required`: refuse workspaces with a disk limit where it cannot. */
  ANYON_DISK_QUOTA: z.enum(['auto', 'required', 'off']).default('auto'),
  /** Open files per process in a container; not above what this host allows. */
  ANYON_OPEN_FILES: z.coerce.number().int().min(1024).max(1_048_576).default(16_384),
  /** Where debuggers reach the web process in development, as host:port; the worker is at the port above. */
  ANYON_INSPECT: z.string().regex(/^[\w.-]+:\d{2,5}$/, 'must be host:port, such as 127.0.0.1:9229').optional(),
  /** Tests of crashes; see server/failpoint.ts. Builds for production know nothing of it. */
  ANYON_FAILPOINT: optionalText,
  /** Which build and settings run; set by `npm run up`. */
  ANYON_RELEASE: z.string().default('unknown'),
  /** Seals every secret: 32 random bytes, as 64 hexadecimal digits or base64. Made on first start in `local`, demanded in `cloud`. */
  ANYON_SECRET_KEY: optionalText,
  /** Keys that sealed something before the present one, separated by commas; needed until `npm run rotate-keys` is done. */
  ANYON_SECRET_KEYS_BEFORE: optionalText,
  /** Whoever sends it may read /api/metrics; without one only callers on this machine may, in `local`. */
  ANYON_METRICS_TOKEN: z.string().min(16).optional(),
  AUTH_SECRET: z.string().min(32).optional(),
  AUTH_GITHUB_ID: optionalText,
  AUTH_GITHUB_SECRET: optionalText,
  ANYON_GITHUB_URL: z.url().default('https://github.com'),
  ANYON_GITHUB_API_URL: z.url().optional(),
  /** Addresses of the reverse proxies in front of Anyon, or ranges, separated by commas: only they are believed when they say whom a request is from. */
  ANYON_TRUSTED_PROXY: z.string().default(''),
  /** Numeric GitHub ids that may sign in, separated by commas; administrators add more on the People page. Empty means nobody but the owner. */
  ANYON_ALLOWED_GITHUB_IDS: z
    .string()
    .default('')
    .transform((text) => text.split(',').map((id) => id.trim()).filter(Boolean))
    .pipe(z.array(z.string().regex(/^\d+$/, 'must be numeric GitHub ids separated by commas'))),
});

type Parsed = z.infer<typeof schema>;

export interface Env extends Parsed, PreviewAddress {
  readonly dataDir: string;
  readonly tempDir: string;
  readonly publicUrl: string;
  readonly githubApiUrl: string;
}

/** Parses an environment; throws one `AnyonError` that lists every wrong variable. */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) throw wrongValues(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  const env = result.data;
  const githubUrl = env.ANYON_GITHUB_URL.replace(/\/$/, '');
  const publicUrl = (env.ANYON_URL ?? `http://localhost:${env.ANYON_PORT}`).replace(/\/$/, '');
  const previews = { ...env, publicUrl, otherPorts: [env.ANYON_POSTGRES_PORT, env.ANYON_SIMULATOR_PORT, env.ANYON_EGRESS_PORT] };
  const problems = previewProblems(previews);
  if (problems.length > 0) throw wrongValues(problems.map(({ variable, message }) => `${variable}: ${message}`));
  return {
    ...env,
    ANYON_GITHUB_URL: githubUrl,
    dataDir: env.ANYON_DATA_DIR ?? defaultDataDir(env, source),
    tempDir: env.ANYON_TEMP_DIR ?? (env.ANYON_DEPLOYMENT_MODE === 'cloud' ? `${env.ANYON_CLOUD_BASE_DIR}/tmp` : '/tmp/anyon'),
    publicUrl,
    ...previewAddress(previews),
    githubApiUrl: (
      env.ANYON_GITHUB_API_URL ?? (githubUrl === 'https://github.com' ? 'https://api.github.com' : `${githubUrl}/api/v3`)
    ).replace(/\/$/, ''),
  };
}

function wrongValues(problems: string[]): AnyonError {
  return new AnyonError('invalid', `The environment has ${problems.length} wrong value(s):\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}

/**
 * `local` data lives in the user's config directory. For root that would be below /root, which the embedded Postgres
 * (it never runs as root) may not enter; then it is /var/lib/anyon. scripts/setup/data-dir.mjs says the same.
 */
function defaultDataDir(env: Parsed, source: Record<string, string | undefined>): string {
  if (env.ANYON_DEPLOYMENT_MODE === 'cloud') return `${env.ANYON_CLOUD_BASE_DIR}/data`;
  if (process.getuid?.() === 0) return '/var/lib/anyon';
  return path.join(source['XDG_CONFIG_HOME'] ?? path.join(os.homedir(), '.config'), 'anyon');
}

/** The parsed environment of this process. */
export function env(): Env {
  return processState('env', () => parseEnv(process.env));
}

/** The environment of a child process: this one's, with these values set. */
export function childEnvironment(values: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...values };
}

/**
 * Auth.js reads the public address from the variable AUTH_URL and nothing else; without it, it would believe the Host
 * header. Called before each use of it.
 */
export function announcePublicUrl(): void {
  process.env['AUTH_URL'] = env().publicUrl;
}
