print("podglass")
