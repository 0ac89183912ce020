import { handlePublicRequest } from '@/server/trpc/public-api/handle-request';
import { serveHandler } from '@/tests/setup/serve-handler';

/** The public API as a process of its own, which a test may kill. */
serveHandler(handlePublicRequest);
