'use client';

import { createContext, useCallback, useContext, useEffect, useMemo, useRef, type ReactNode, type RefObject } from 'react';

interface End {
  /** Somebody sees the end of the conversation, or would if it were in front. */
  following: boolean;
  follow: () => void;
}

interface ConversationEnd {
  end: RefObject<End>;
  show: () => void;
}

const Context = createContext<ConversationEnd>({ end: { current: { following: true, follow: () => {} } }, show: () => {} });

/** Carries between the conversation of a page and the rest of it whether its end is followed; `onShow` brings the conversation into view. */
export function ConversationEndProvider({ onShow, children }: { onShow: () => void; children: ReactNode }) {
  const end = useRef<End>({ following: true, follow: () => {} });
  const value = useMemo(() => ({ end, show: onShow }), [onShow]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

/** For the conversation: says how it stands. */
export function useTellEnd(following: boolean, follow: () => void): void {
  const { end } = useContext(Context);
  useEffect(() => {
    end.current = { following, follow };
  });
}

/** Whether the end of the conversation is followed, at the moment it is asked. */
export function useIsEndFollowed(): () => boolean {
  const { end } = useContext(Context);
  return useCallback(() => end.current.following, [end]);
}

/** Goes to the end of the conversation, as after something was said in it: from then on the page follows to what comes next. */
export function useGoToEnd(): () => void {
  const { end, show } = useContext(Context);
  return () => {
    show();
    end.current.follow();
  };
}
