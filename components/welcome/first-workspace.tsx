'use client';

import { useQuery } from '@tanstack/react-query';
import { Boxes, Plus } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Card } from '@/components/ui/section';
import { CreateWorkspaceDialog } from '@/components/workspaces/create-workspace-dialog';

/** Makes the first workspace and goes to it: its start is followed there, and the first prompt is written already. */
export function FirstWorkspace() {
  const trpc = useTRPC();
  const workspaces = useQuery(trpc.workspaces.list.queryOptions());
  const [creating, setCreating] = useState(false);
  const create = (
    <Button variant="primary" icon={<Plus aria-hidden className="size-4" />} onClick={() => setCreating(true)}>
      New workspace
    </Button>
  );
  return (
    <>
      <Loaded query={workspaces} height="h-48">
        {(all) => {
          const [newest] = all;
          return (
            <Card>
              {newest ? (
                <EmptyState icon={Boxes} title={`${newest.name} is there`} action={<ButtonLink variant="primary" href={`/workspaces/${newest.id}`}>Open it and ask for something</ButtonLink>}>
                  Everything is set up. Write what Claude should do and watch it work.
                </EmptyState>
              ) : (
                <EmptyState icon={Boxes} title="Choose a repository" action={create}>
                  Any address that git can clone. A first prompt is prepared; one button starts it.
                </EmptyState>
              )}
            </Card>
          );
        }}
      </Loaded>
      <CreateWorkspaceDialog open={creating} onClose={() => setCreating(false)} />
    </>
  );
}
