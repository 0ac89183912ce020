ALTER TABLE "alert_channels" ADD COLUMN "enabled_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD COLUMN "purpose" text DEFAULT 'raised' NOT NULL;--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD COLUMN "held" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD COLUMN "digest_id" uuid;--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD COLUMN "tried_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD COLUMN "told_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "alert_deliveries_first" ON "alert_deliveries" USING btree ("alert_id","channel") WHERE purpose = 'raised';--> statement-breakpoint
CREATE UNIQUE INDEX "alert_deliveries_one_waiting" ON "alert_deliveries" USING btree ("alert_id","channel") WHERE status = 'waiting';