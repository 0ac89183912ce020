import { handleTrpcRequest } from '@/server/trpc/http-handler';

/** The door to every procedure. */
export { handleTrpcRequest as GET, handleTrpcRequest as POST };
