import { answerQuestionInput, listQuestionsInput } from '@/contract/question';
import { requireRunAccess } from '@/server/runs/access';
import { answerQuestion } from '@/server/runs/questions/answer-question';
import { listQuestions } from '@/server/runs/questions/question-views';
import { procedure, router } from '@/server/trpc/init';

export const questionsRouter = router({
  list: procedure.member.input(listQuestionsInput).query(async ({ ctx, input }) => listQuestions(await requireRunAccess(ctx.actor, input.runId))),
  answer: procedure.member.input(answerQuestionInput).mutation(async ({ ctx, input }) => answerQuestion(await requireRunAccess(ctx.actor, input.runId), input)),
});
