import { handlePublicRequest } from '@/server/trpc/public-api/handle-request';

export const dynamic = 'force-dynamic';

/** The public API, for programs with a token: contract/public-api.ts lists what there is. Other methods are refused there, too, so that none answers another site's page. */
export { handlePublicRequest as GET, handlePublicRequest as HEAD, handlePublicRequest as POST, handlePublicRequest as PUT, handlePublicRequest as PATCH, handlePublicRequest as DELETE, handlePublicRequest as OPTIONS };
