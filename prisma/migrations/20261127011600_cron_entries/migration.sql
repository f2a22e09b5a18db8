-- CreateTable
CREATE TABLE "CronEntry" (
    "namespaceId" TEXT NOT NULL,
    "serviceId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "schedule" TEXT NOT NULL,
    "timezone" TEXT NOT NULL,
    "command" JSONB NOT NULL,
    "timeoutMs" INTEGER NOT NULL,
    "overlap" TEXT NOT NULL,
    "nextAt" TIMESTAMP(3),

    CONSTRAINT "CronEntry_pkey" PRIMARY KEY ("serviceId","name")
);

-- CreateIndex
CREATE INDEX "CronEntry_nextAt_idx" ON "CronEntry"("nextAt");

-- AddForeignKey
ALTER TABLE "CronEntry" ADD CONSTRAINT "CronEntry_serviceId_fkey" FOREIGN KEY ("serviceId") REFERENCES "Service"("id") ON DELETE CASCADE ON UPDATE CASCADE;
