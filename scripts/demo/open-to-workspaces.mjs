/**
 * Workspaces reach nothing of this machine: a server that stands beside the product has to be opened to them, as an admin would
 * do it. Returns what `client.egress.removePrivateDestination` needs to close it again.
 * @param {import('@trpc/client').TRPCClient<import('../../server/trpc/router').AppRouter>} client
 * @param {string} url of the server
 * @param {string} note why, for the list on the System page
 */
export async function openToWorkspaces(client, url, note) {
  const { hostname: host, port } = new URL(url);
  return client.egress.addPrivateDestination.mutate({ host, port: Number(port), note });
}
