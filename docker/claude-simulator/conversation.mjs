/**
 * What the person asked last, and how far the answer is: `turn` counts the assistant messages since, `results` are the texts
 * that the tools gave back since. The CLI adds its own notes to the conversation (reminders, `role: "system"` messages, words
 * about an interruption); they are not the person's.
 *
 * @returns {{prompt: string, turn: number, results: string[]}}
 */
export function latestRequest(messages) {
  for (let index = messages.length - 1; index >= 0; index--) {
    const prompt = messages[index].role === 'user' ? personsWords(messages[index]) : undefined;
    if (prompt === undefined) continue;
    const since = messages.slice(index + 1);
    return { prompt, turn: since.filter((message) => message.role === 'assistant').length, results: since.flatMap(toolResults) };
  }
  return { prompt: '', turn: 0, results: [] };
}

/** What is asked after a turn that was cut short travels in one message with the result of its last tool. */
function personsWords(message) {
  return blocksOf(message)
    .filter((block) => block.type === 'text')
    .map((block) => block.text.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim())
    .findLast((text) => text !== '' && !text.startsWith('[Request interrupted'));
}

/** Where the CLI wants a plan to be written before it is shown; versions that take it as an argument name no file. */
export function planFileIn(messages) {
  return /\/[\w./-]*\/plans\/[\w.-]+\.md/.exec(JSON.stringify(messages))?.[0];
}

function toolResults(message) {
  return blocksOf(message)
    .filter((block) => block.type === 'tool_result')
    .map((block) => blocksOf({ content: block.content ?? '' }).map((part) => part.text ?? '').join('\n'));
}

function blocksOf(message) {
  return typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : (message.content ?? []);
}
