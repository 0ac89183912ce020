import { setTimeout as sleep } from 'node:timers/promises';
import { isNotNull } from 'drizzle-orm';
import { openSession, type Database, type Sql } from '@/db/client';
import { privateDestinations, workspaces } from '@/db/schema';
import { parseRange } from '@/server/containers/address-pool';
import { destinationOfUrl, parseDestination, type Destination } from '@/server/outbound/destination';
import type { CommonPolicy, NetworkPolicy, WorkspacePolicy } from '@/server/egress/policy';
import { readAccounts, readBooths } from '@/server/egress/account-policies';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';

interface Known {
  common: CommonPolicy;
  bySubnet: NetworkPolicy[];
}

/** Several changes at once are read once. */
const GATHER_MS = 50;
/** Deleted rows notify nobody, and a notification may be lost with its connection. */
const CLOCK_MS = 30_000;
/** An address that nobody knows may be that of a network made a moment ago. */
const ASK_AGAIN_MS = 250;

export interface PolicyStoreOptions {
  database: Database;
  databaseUrl: string;
  /** From the environment, beside those of the database. */
  model: readonly Destination[];
  privateDestinations: readonly Destination[];
}

/**
 * What every workspace may reach, read from the rows and kept in memory. A change is known within a fraction of a second; while
 * Postgres is away what was last known goes on. What was never read is refused.
 */
export class PolicyStore {
  /** Called after each reading. */
  onChange: () => void = () => {};
  readonly #options: PolicyStoreOptions;
  #known: Known | null = null;
  #session: Sql | null = null;
  #reading: Promise<void> | null = null;
  #following: Promise<void> | null = null;
  #readingBegan = 0;
  #wake: NodeJS.Timeout | null = null;
  #clock: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: PolicyStoreOptions) {
    this.#options = options;
  }

  /** Begins to follow the rows. Resolves after the first try to read them, whether it went well or not. */
  async open(): Promise<void> {
    this.#clock = setInterval(() => void this.#read(), CLOCK_MS);
    void this.#listen();
    await this.#read();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#clock) clearInterval(this.#clock);
    if (this.#wake) clearTimeout(this.#wake);
    await this.#session?.end({ timeout: 1 });
    await this.#reading;
  }

  /** Null until the rows were read for the first time. */
  get common(): CommonPolicy | null {
    return this.#known?.common ?? null;
  }

  /** The workspace that has this IPv4 address, as far as is known now. */
  find(address: string): WorkspacePolicy | null {
    const range = parseRange(`${address.replace(/^::ffff:/, '')}/32`);
    if (!range || !this.#known) return null;
    return this.#known.bySubnet.find(({ first, last }) => range.first >= first && range.first <= last)?.workspace ?? null;
  }

  /** The same, after another look at the rows when nobody is known to have it. */
  async findOrAsk(address: string): Promise<WorkspacePolicy | null> {
    const known = this.find(address);
    if (known) return known;
    // A reading that began a moment ago may have missed it: then this one waits for its turn instead of going by that.
    await sleep(Math.max(0, this.#readingBegan + ASK_AGAIN_MS - Date.now()));
    await this.#read();
    return this.find(address);
  }

  async #listen(): Promise<void> {
    const session = openSession(this.#options.databaseUrl);
    this.#session = session;
    // postgres.js listens again by itself after a lost connection and calls the third argument each time.
    await session
      .listen('anyon_egress', () => this.#wakeUp(), () => this.#wakeUp())
      .catch((error: unknown) => {
        if (this.#closed) return;
        log().warn({ reason: describeError(error) }, 'egress: cannot follow changes, trying again');
        setTimeout(() => void (this.#closed || this.#listen()), 1_000).unref();
      });
  }

  #wakeUp(): void {
    this.#wake ??= setTimeout(() => {
      this.#wake = null;
      void this.#read();
    }, GATHER_MS);
  }

  /** Reads the rows as they stand after this call: a reading that is under way may have missed the latest change, so one more follows it. */
  #read(): Promise<void> {
    if (this.#reading) return (this.#following ??= this.#reading.then(() => this.#read()));
    this.#following = null;
    this.#readingBegan = Date.now();
    this.#reading = this.#readRows()
      .catch((error: unknown) => log().warn({ reason: describeError(error) }, 'egress: cannot read what workspaces may reach; what was known goes on'))
      .finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readRows(): Promise<void> {
    const { database, model, privateDestinations: given } = this.#options;
    const rows = await database
      .select({
        id: workspaces.id,
        level: workspaces.egressLevel,
        hosts: workspaces.egressHosts,
        repositoryUrl: workspaces.repositoryUrl,
        extraRepositories: workspaces.extraRepositories,
        subnet: workspaces.subnet,
      })
      .from(workspaces)
      .where(isNotNull(workspaces.subnet));
    const accounts = await readAccounts(database);
    const opened = await database.select({ host: privateDestinations.host, port: privateDestinations.port }).from(privateDestinations);
    const bySubnet = rows.flatMap((row): NetworkPolicy[] => {
      const range = parseRange(row.subnet ?? '');
      const repositories = [row.repositoryUrl, ...row.extraRepositories.map(({ url }) => url)].map(destinationOfUrl).filter((one) => one !== null);
      return range ? [{ ...range, workspace: { workspaceId: row.id, level: row.level, hosts: row.hosts, repositories, accounts: accounts.get(row.id) ?? [] } }] : [];
    });
    bySubnet.push(...(await readBooths(database)));
    // A range that two rows claim says nothing about who asks.
    const claims = Map.groupBy(bySubnet, ({ first }) => first);
    const common = { model, privateDestinations: [...given, ...opened.map(canonical)] };
    this.#known = { common, bySubnet: bySubnet.filter(({ first }) => claims.get(first)?.length === 1) };
    this.onChange();
  }
}

/** `::FFFF:10.0.0.1` and the like compare equal to what a request says. */
function canonical({ host, port }: Destination): Destination {
  return parseDestination(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`) ?? { host, port };
}
