import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { encode } from 'next-auth/jwt';
import { uuidv7 } from 'uuidv7';
import { createAnyonClient } from '@/scripts/demo/anyon-client.mjs';
import { sessions, users } from '@/db/schema';
import { openProductDatabase } from '@/tests/setup/product-database';
import type { AnyonClient, RunningProduct } from '@/tests/setup/running-product';

/** A member with a session of their own. */
export interface Person {
  login: string;
  cookie: string;
  client: AnyonClient;
}

/** Makes so many people and signs them in without the pages: rows, and the cookie that the product itself would have made of them. */
export async function addPeople(product: RunningProduct, count: number): Promise<Person[]> {
  const { database, close } = openProductDatabase(product.dataDir);
  const secret = (await readFile(path.join(product.dataDir, 'keys/auth-secret'), 'utf8')).trim();
  const cookieName = `anyon-session-${new URL(product.origin).port}`;
  try {
    const people: Person[] = [];
    for (let number = 1; number <= count; number++) {
      const [userId, sessionId, login] = [uuidv7(), uuidv7(), `load-${number}`];
      await database.insert(users).values({ id: userId, login, role: 'member' });
      await database.insert(sessions).values({ id: sessionId, userId, via: 'setup_token', expiresAt: new Date(Date.now() + 86_400_000) });
      const cookie = `${cookieName}=${await encode({ token: { sub: userId, sid: sessionId }, secret, salt: cookieName })}`;
      people.push({ login, cookie, client: createAnyonClient(product.origin, cookie) });
    }
    return people;
  } finally {
    await close();
  }
}
