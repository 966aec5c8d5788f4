# schemas/
