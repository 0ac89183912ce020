import { answerAuthRequest } from '@/server/auth/auth-route';

/** Auth.js's own addresses: the way back from GitHub, the session, sign-out. */
export { answerAuthRequest as GET, answerAuthRequest as POST };
