import { z } from 'zod';
import { AnyonError } from '@/server/errors';
import { placeProblems, placesOf, type Places } from '@/server/place-settings';
import { previewAddress, previewProblems, type PreviewAddress } from '@/server/preview-settings';
import { processState } from '@/server/process-state';

/**
 * The only file that reads `process.env`. Values are parsed once per process; every problem is named at once,
 * each with the variable and what it should be.
 */
const port = wholeNumber(1, 65_535, 'a port');
const bytes = z.coerce.number('must be a number of bytes above 0').int('must be a whole number of bytes').positive('must be a number of bytes above 0');
const patience = z.coerce.number('must be a number of seconds').min(1, 'must be 1 second or more').max(86_400, 'must be 86400 seconds or less');
const optionalText = z.string().min(1).optional();
const place = z.string().startsWith('/', 'must be an absolute path: it begins with /');
const webAddress = z.url({ protocol: /^https?$/, error: 'must be an address such as https://anyon.example.com' });

function wholeNumber(least: number, most: number, what = 'a whole number') {
  const message = `must be ${what} from ${least} to ${most}`;
  return z.coerce.number(message).int(message).min(least, message).max(most, message);
}

function oneOf<const T extends readonly string[]>(...words: T) {
  return z.enum(words, `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
}

const schema = z.object({
  NODE_ENV: oneOf('development', 'production', 'test').default('production'),
  ANYON_DEPLOYMENT_MODE: oneOf('local', 'cloud').default('local'),
  ANYON_DATA_DIR: place.optional(),
  /** Where the files of workspaces lie. */
  ANYON_WORKTREE_DIR: place.optional(),
  /** Where logs of runs, kept work and set-up caches lie. */
  ANYON_ASSET_DIR: place.optional(),
  ANYON_TEMP_DIR: place.optional(),
  ANYON_CLOUD_BASE_DIR: place.default('/var/opt/anyon'),
  ANYON_LOG_FILE: place.optional(),
  /** A log file that has grown past this is put aside as <file>.1 and begun anew. */
  ANYON_LOG_FILE_BYTES: z.coerce.number('must be a number of bytes').int('must be a whole number of bytes').min(65_536, 'must be 65536 bytes or more').default(20 * 1024 * 1024),
  /** So many of them are kept, beside the one that is written; 0 leaves it to logrotate or another (docs/OBSERVABILITY.md). */
  ANYON_LOG_FILES: wholeNumber(0, 100).default(5),
  ANYON_LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent').default('info'),
  /** Public address of the product; the browser uses it and OAuth redirects are built from it. */
  ANYON_URL: webAddress.optional(),
  ANYON_HOST: z.string().default('127.0.0.1'),
  ANYON_PORT: port.default(3000),
  /** Port of the previews of web servers in workspaces; default the one above ANYON_PORT. */
  ANYON_PREVIEW_PORT: port.optional(),
  /** Address below which every preview has a host of its own (https://preview.example.com; its DNS and certificate are for *.preview.example.com). */
  ANYON_PREVIEW_URL: webAddress.optional(),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\/./, 'must be the address of a Postgres server: postgres://user:password@host:5432/database').optional(),
  /** Refused: there is no such file. The name is known from other products. */
  ANYON_DATABASE_FILE: z.string().refine(() => false, 'means nothing here, because Anyon keeps its rows in Postgres: the embedded one lies below ANYON_DATA_DIR, one of your own is named by DATABASE_URL').optional(),
  ANYON_POSTGRES_PORT: port.default(5433),
  DOCKER_HOST: optionalText,
  /** Separates the objects of several installs on one engine; part of every label. */
  ANYON_INSTANCE: z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be up to 32 of a-z, 0-9 and -').default('anyon'),
  ANYON_CLOUD_IMAGE: z.string().min(1).default('anyon-claude:latest'),
  /** Whom the files of workspaces belong to, by number; default 1000 for root, else the user of this process, who can give files to nobody else. */
  ANYON_DOCKER_USER: wholeNumber(1, 2 ** 31 - 1, 'the number of a user').optional(),
  ANYON_SIMULATOR_URL: webAddress.optional(),
  ANYON_SIMULATOR_PORT: port.default(9000),
  ANYON_MIN_FREE_BYTES: bytes.default(1024 * 1024 * 1024),
  /** Workspace tasks that are carried out at the same time. */
  ANYON_WORKERS: wholeNumber(1, 32).default(3),
  /** Memory kept free for the system, Postgres and Anyon itself. */
  ANYON_MEMORY_RESERVE_BYTES: bytes.default(2 * 1024 * 1024 * 1024),
  /** How many times over memory is promised to live runs: 2 counts each with half of its limit. */
  ANYON_MEMORY_OVERCOMMIT: z.coerce.number('must be a number from 1 to 100').min(1, 'must be a number from 1 to 100').max(100, 'must be a number from 1 to 100').default(2),
  /** For new workspaces whose creator chose nothing; 0 means never. */
  ANYON_IDLE_STOP_MINUTES: wholeNumber(0, 5_256_000).default(0),
  /** A terminal that nobody looks at for so long ends. */
  ANYON_TERMINAL_IDLE_HOURS: wholeNumber(1, 720).default(12),
  /** How long the work of a deleted workspace is kept. */
  ANYON_BUNDLE_KEEP_DAYS: wholeNumber(0, 3650).default(30),
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
  ANYON_FIREWALL: oneOf('on', 'off').default('on'),
  ANYON_EGRESS_PORT: port.default(9001),
  /** Where containers find the egress proxy; set by the parent. */
  ANYON_EGRESS_URL: webAddress.optional(),
  /** Of new workspaces whose creator chose nothing. */
  ANYON_EGRESS_DEFAULT: oneOf('none', 'allow-list', 'open').default('open'),
  /** Private destinations every workspace may reach through the proxy, as host:port, separated by commas. Admins add more on the System page. */
  ANYON_EGRESS_PRIVATE: z.string().default(''),
  /** Runtime for every container, by the name the engine knows it by (runsc, sysbox-runc); absent: the engine's default. Never falls back. */
  ANYON_CONTAINER_RUNTIME: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be the name of a runtime as the engine knows it, such as runsc').optional(),
  /** `auto`: where the file system can; `required`: refuse workspaces with a disk limit where it cannot. */
  ANYON_DISK_QUOTA: oneOf('auto', 'required', 'off').default('auto'),
  /** Open files per process in a container; not above what this host allows. */
  ANYON_OPEN_FILES: wholeNumber(1024, 1_048_576).default(16_384),
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
  ANYON_METRICS_TOKEN: z.string().min(16, 'must be 16 characters or more').optional(),
  /** Where traces go, by OpenTelemetry's own name and rules: the address of an OTLP/HTTP collector, such as http://127.0.0.1:4318. Without it none are made. */
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress.optional(),
  /** Which part of all traces is kept, from 0 to 1; OpenTelemetry's own name. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number('must be a number from 0 to 1').min(0, 'must be a number from 0 to 1').max(1, 'must be a number from 0 to 1').default(1),
  /** Log collector (Fluentd, Fluent Bit, Vector) that gets Anyon's log by the forward protocol, as host:port. */
  ANYON_FORWARD_ADDRESS: z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*):[1-9]\d{0,4}$/, 'must be host:port, such as 127.0.0.1:24224').optional(),
  /** The shared key of the collector, if it asks for one. */
  ANYON_FORWARD_SHARED_KEY: optionalText,
  /** `on`: speak TLS to the collector; its certificate must be one that this machine trusts. */
  ANYON_FORWARD_TLS: oneOf('on', 'off').default('off'),
  /** `on`: the collector gets the masked output of runs as well, which tells what people work on. */
  ANYON_FORWARD_RUN_OUTPUT: oneOf('on', 'off').default('off'),
  AUTH_SECRET: z.string().min(32, 'must be 32 characters or more').optional(),
  AUTH_GITHUB_ID: optionalText,
  AUTH_GITHUB_SECRET: optionalText,
  ANYON_GITHUB_URL: webAddress.default('https://github.com'),
  ANYON_GITHUB_API_URL: webAddress.optional(),
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

export interface Env extends Omit<Parsed, 'ANYON_DOCKER_USER'>, PreviewAddress, Places {
  readonly ANYON_DOCKER_USER: number;
  readonly publicUrl: string;
  readonly githubApiUrl: string;
}

type Source = Readonly<Record<string, string | undefined>>;

/** A variable that is not as it should be; the message says how it should: `must be …`. */
export interface WrongSetting {
  variable: string;
  message: string;
}

/** Every variable that Anyon reads. */
export const variableNames: readonly string[] = Object.keys(schema.shape);
/** They decide nothing in `local`, so what is wrong with them cannot keep anybody from going back to it. */
const cloudOnly = new Set(['ANYON_CLOUD_BASE_DIR']);

/** Parses an environment; throws one `AnyonError` that lists every wrong variable. */
export function parseEnv(source: Source): Env {
  const { env: parsed, wrong } = readEnv(source);
  if (wrong.length > 0) throw new AnyonError('invalid', `The environment has ${wrong.length} wrong value(s):\n${wrong.map(({ variable, message }) => `  ${variable}: ${message}`).join('\n')}`);
  return parsed;
}

/** The same for whoever wants to know all that is wrong: with the default in the place of each wrong value. */
export function readEnv(source: Source): { env: Env; wrong: WrongSetting[] } {
  const given = Object.fromEntries(Object.entries(source).filter(([name, value]) => value !== '' && (source['ANYON_DEPLOYMENT_MODE'] === 'cloud' || !cloudOnly.has(name))));
  const result = schema.safeParse(given);
  const wrong = result.success ? [] : result.error.issues.map(({ path, message }) => ({ variable: String(path[0]), message }));
  for (const { variable } of wrong) delete given[variable];
  const env = result.success ? result.data : schema.parse(given);
  const uid = process.getuid?.() ?? null;
  const githubUrl = env.ANYON_GITHUB_URL.replace(/\/$/, '');
  const publicUrl = (env.ANYON_URL ?? `http://localhost:${env.ANYON_PORT}`).replace(/\/$/, '');
  const previews = { ...env, publicUrl, otherPorts: [env.ANYON_POSTGRES_PORT, env.ANYON_SIMULATOR_PORT, env.ANYON_EGRESS_PORT] };
  const places = placesOf({ ...env, configHome: source['XDG_CONFIG_HOME'] ?? null, uid });
  const whole: Env = {
    ...env,
    ...places,
    ANYON_DOCKER_USER: env.ANYON_DOCKER_USER ?? (uid || 1000),
    ANYON_GITHUB_URL: githubUrl,
    publicUrl,
    ...previewAddress(previews),
    githubApiUrl: (
      env.ANYON_GITHUB_API_URL ?? (githubUrl === 'https://github.com' ? 'https://api.github.com' : `${githubUrl}/api/v3`)
    ).replace(/\/$/, ''),
  };
  return { env: whole, wrong: [...wrong, ...previewProblems(previews), ...placeProblems(places)] };
}

/**
 * What is wrong with the settings of this process. For commands that look at everything and change nothing: from now on `env()` has the default in
 * the place of each wrong value, so that the rest can be looked at. Call it before anything reads the settings.
 */
export function tolerateWrongSettings(): WrongSetting[] {
  const { env: tolerated, wrong } = readEnv(process.env);
  processState('env', () => tolerated);
  return wrong;
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
