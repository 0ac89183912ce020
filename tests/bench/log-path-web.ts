import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { serveHandler } from '@/tests/setup/serve-handler';

/** The product's API on a bare HTTP server, for a checkout that has not been built; a built one is measured behind Next. */
serveHandler(handleTrpcRequest);
