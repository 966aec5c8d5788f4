# utilities/
