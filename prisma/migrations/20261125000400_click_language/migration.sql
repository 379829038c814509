-- {language} is what the visitor's browser asks for, not only what the link says.
ALTER TABLE "click" ADD COLUMN     "language" TEXT;
