/*
  Warnings:

  - A unique constraint covering the columns `[networkIndex]` on the table `Namespace` will be added. If there are existing duplicate values, this will fail.

*/
-- AlterTable
ALTER TABLE "Namespace" ADD COLUMN     "egress" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "networkIndex" INTEGER;

-- CreateIndex
CREATE UNIQUE INDEX "Namespace_networkIndex_key" ON "Namespace"("networkIndex");
