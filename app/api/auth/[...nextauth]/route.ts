import { nextAuth } from '@/server/auth/next-auth';

/** Auth.js's own addresses: the way back from GitHub, the session, sign-out. */
export const { GET, POST } = nextAuth.handlers;
